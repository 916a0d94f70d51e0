"""What the GPU benchmark says of a record: claims held or not, and the table."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from on_gpu import judged, table
from on_gpu.judged import LARGE


def part(results, state="done", **others):
    kept = {"state": state, "why": "", "seconds": 1.0, "errors": {}, "not_reached": []}
    return {**kept, "results": results, **others}


def verb(error, layer="Conv2d", passes=True):
    return {"layer": layer, "error": error, "verb": "jvp", "passes": passes}


def step(ratio):
    times = {"ours_ms": 1.0, "theirs_ms": ratio, "ratio": ratio}
    spread = {"ratio_least": 0.9 * ratio, "ratio_most": 1.1 * ratio}
    return {**times, **spread, "ours": "eager"}


def launch(kernel, ms, size):
    return {"kernel": kernel, "ms": ms, "bytes": size}


@pytest.fixture
def record():
    """Of a device that copies at 4 TB/s and multiplies at 400 TFLOP/s."""
    one = {"bound": "memory", "flop": None, "bytes": None}
    launches = [
        launch("forward<float, 4>", 0.1, 380_000_000),  # 3.8 TB/s
        launch("forward<float, 4>", 0.1, 350_000_000),
        launch("finish<float>", 1.0, LARGE - 1),  # too small to say
    ]
    product = {"bound": "products", "flop": 30e9, "bytes": None}
    device = {"name": "a device", "driver_version": "580"}
    versions = {"numpy": "2", "torch": "2.11"}
    return {
        "commit": "0123456789abcdef",
        "date": "2026-11-28",
        "device": "gpu",
        "budget": 480.0,
        "seconds": 400.0,
        "parts": {
            "machine": part({"device": device, "versions": versions}),
            "verbs": part({"a": verb(1e-7), "b": verb(3e-7), "c": verb(2e-7, "Gain")}),
            "check": part({"one": {"passes": True}}),
            "ceilings": part({"copy": {"gb_s": 4000.0}, "tf32": {"tflop_s": 400.0}}),
            "kernels": part(
                {
                    "norms: x": {**one, "launches": launches},
                    "implicit_gemm: fprop, 8² × 4, tf32": {
                        **product,
                        "launches": [launch("fprop<TF32>", 0.1, 1)],
                    },
                    "philox: normal": {**one, "bound": "", "launches": launches},
                }
            ),
            "torch": part({"mlp, eager": step(3.5), "mlp, graph": step(1.3)}),
        },
    }


def verdicts(record):
    return [line.holds for line in judged.lines(record)]


def test_what_holds_and_what_was_not_measured(record):
    assert verdicts(record) == [True, None, True, True, True, True, True]
    assert verdicts({**record, "parts": {}}) == [None] * 7


def test_shares_are_of_what_each_launch_moves(record):
    rates = judged.rates(record)
    copies = [each["of_copy"] for each in rates.values() if each["of_copy"]]
    assert copies == pytest.approx([0.95, 0.875])
    (product,) = (e["of_products"] for e in rates.values() if e["of_products"])
    assert product == pytest.approx(300 / 400)


def test_a_problem_that_says_what_it_moves_is_one_row(record):
    problem = record["parts"]["kernels"]["results"]["norms: x"]
    problem["bytes"] = 1_200_000_000
    rates = judged.rates(record)
    (share,) = (e["of_copy"] for e in rates.values() if e["of_copy"])
    assert share == pytest.approx(1.2e9 / 1.2e-3 / 4e12)


@pytest.mark.parametrize(
    ("name", "wrong", "which"),
    [
        ("verbs", {"a": verb(1e-3, passes=False)}, 0),
        ("check", {"one": {"passes": False}}, 2),
        ("torch", {"mlp, eager": step(2.9), "mlp, graph": step(1.3)}, 3),
        ("torch", {"mlp, eager": step(3.1), "mlp, graph": step(1.1)}, 4),
        ("ceilings", {"copy": {"gb_s": 4500.0}, "tf32": {"tflop_s": 400.0}}, 5),
        ("ceilings", {"copy": {"gb_s": 4000.0}, "tf32": {"tflop_s": 600.0}}, 6),
    ],
)
def test_what_does_not_hold(record, name, wrong, which):
    record["parts"][name]["results"] = wrong
    expected = [True, None, True, True, True, True, True]
    expected[which] = False
    assert verdicts(record) == expected


def test_an_unfinished_part_is_no_proof(record):
    for name in ("verbs", "check", "torch"):
        record["parts"][name]["state"] = "timed out"
    assert verdicts(record) == [False, None, False, None, None, True, True]


def test_a_side_that_was_not_compared_is_no_proof(record):
    """On the CPU, PyTorch has no graph."""
    del record["parts"]["torch"]["results"]["mlp, graph"]
    assert verdicts(record) == [True, None, True, True, None, True, True]


def test_a_critic_alone_is_held_to_the_lines_of_critic_steps(record):
    record["parts"]["torch"]["results"]["style-r1, eager"] = step(0.5)
    assert verdicts(record)[3] is True


def test_the_table_fits_and_says_why_a_part_has_not_run(record):
    why = "no jax here, and a very long explanation of it that is cut off at some place"
    record["parts"]["jax"] = part({}, "not run", why=why)
    said = table.text(record)
    assert "no jax here" in said
    assert "a device, driver 580" in said
    assert max(map(len, said.splitlines())) <= 130
    assert table.text({**record, "parts": {}})
