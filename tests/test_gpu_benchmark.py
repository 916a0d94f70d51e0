"""What of the GPU benchmark runs on a CPU: processes, clocks and comparisons."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cuda_on_cpu import Emulated, available
from device_array import DeviceArray, waiting_allowed, wrapped

from scratchgan.backend import NUMPY, Backend
from scratchgan.kernels.cuda.sources import LAUNCHERS

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))

from on_gpu import (  # noqa: E402
    clock,
    crew,
    kernels_check,
    parts,
    problem,
    problems,
    sanitizer,
    suite,
    verbs,
    worker,
)
from on_gpu.clock import Timed  # noqa: E402
from on_gpu.setting import LIMITS, Setting  # noqa: E402

CPU = Setting("cpu")

#: A part whose second item kills the process, whose third fails and whose last hangs.
PART = """
import json, os, sys, time
arguments = sys.argv[1:]
lines = open(arguments[arguments.index("--lines") + 1], "a")
def say(**what):
    print(json.dumps(what), file=lines, flush=True)
items = ["a", "b", "c", "d"]
if "--only" in arguments:
    items = arguments[arguments.index("--only") + 1].split("\\n")
say(asked=items)
for item in items:
    say(begun=item)
    if item == "b":
        print("the last words", flush=True)
        os.abort()
    if item == "d":
        time.sleep(60)
    say(item=item, **({"error": "no"} if item == "c" else {"result": {"x": 1}}))
"""


def test_what_was_measured_outlives_crashes_errors_and_the_end_of_the_time(
    tmp_path, monkeypatch
):
    script = tmp_path / "part.py"
    script.write_text(PART)
    monkeypatch.setattr(crew, "SCRIPT", script)
    monkeypatch.setitem(parts.PARTS, "fake", parts.Part("fake", "a fake", 1.0))
    record = crew.run("fake", "cpu", 4.0)
    assert record["state"] == "timed out"
    assert record["results"] == {"a": {"x": 1}}
    assert record["errors"] == {"b": "killed by SIGABRT: the last words", "c": "no"}
    assert record["not_reached"] == ["d"]
    assert 4 <= record["seconds"] < 10


def test_a_part_that_cannot_start_is_a_failure_and_not_the_end(tmp_path, monkeypatch):
    script = tmp_path / "part.py"
    script.write_text("raise RuntimeError('no such library')")
    monkeypatch.setattr(crew, "SCRIPT", script)
    monkeypatch.setitem(parts.PARTS, "fake", parts.Part("fake", "a fake", 1, "tf32", 2))
    record = crew.run("fake", "cpu", 20.0)
    assert record["state"] == "failed"
    assert "no such library" in record["errors"]["start"]


def test_lines_that_were_cut_off_are_passed_over(tmp_path):
    file = tmp_path / "lines"
    file.write_text('{"asked": ["a", "b"]}\n{"item": "a", "result": {}}\n{"begun": "b"')
    report = worker.read([file, tmp_path / "none"])
    assert (report.results, report.left, report.begun) == ({"a": {}}, ["b"], "")


def command(*arguments, **options):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        **options,
    )


def test_a_rehearsal_writes_its_record_and_a_table(tmp_path):
    out = tmp_path / "results.json"
    asked = ("--device", "cpu", "--parts", "kernels,machine", "--commit", "abc")
    done = command("--out", str(out), *asked)
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text())
    assert list(record["parts"]) == ["machine", "kernels"]
    assert record["parts"]["machine"]["results"]["versions"]["numpy"]
    assert record["parts"]["kernels"]["why"] == "needs a GPU"
    assert "not run" in done.stdout
    assert record["commit"] == "abc"
    again = command("--out", str(out), *asked)
    assert "expected a new file" in again.stderr
    assert "received nothing" in command("--parts", "nothing").stderr


def steps(part, items, tmp_path):
    """Results of a part's items, in a process of its own."""
    lines = tmp_path / "lines"
    asked = ("--work", part, "--device", "cpu", "--lines", str(lines))
    done = command(*asked, "--only", "\n".join(items))
    report = worker.read([lines])
    assert (done.returncode, report.errors, report.left) == (0, {}, []), done.stderr
    return report.results


def test_a_step_agrees_with_pytorch(tmp_path):
    pytest.importorskip("torch")
    (found,) = steps("torch-float32", ["mlp, eager"], tmp_path).values()
    assert max(found["errors"].values()) < 1e-4
    assert found["ratio_least"] <= found["ratio"] <= found["ratio_most"]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["torch-float32", "jax", "convolutions", "ceilings"])
def test_every_item_of_a_rehearsal(part, tmp_path):
    pytest.importorskip("jax" if part == "jax" else "torch")
    assert steps(part, [], tmp_path)


def test_sides_are_timed_in_turn_and_ratios_are_of_neighbours():
    now, order = [0.0], []

    def step(name, seconds):
        def call():
            order.append(name)
            now[0] += seconds

        return call

    def region(call, count):
        start = now[0]
        for _ in range(count):
            call()
        return now[0] - start

    found = clock.in_turn(
        Timed(step("ours", 0.1), region), Timed(step("theirs", 0.25), region)
    )
    assert found["ratio"] == pytest.approx(2.5)
    assert found["ours_ms"] == pytest.approx(100)
    turns = [
        name
        for name, before in zip(order, ["", *order], strict=False)
        if name != before
    ]
    assert turns == ["ours", "theirs"] * (clock.ROUNDS + 1)  # and the warm-up


def test_every_verb_in_float32_is_near_float64():
    found = {name: verbs.measure(name, CPU) for name in verbs.items(CPU)}
    assert all(each["passes"] for each in found.values())
    worst = next(iter(verbs.by_layer(found).values()))
    assert worst["error"] == max(each["error"] for each in found.values()) > 0


def test_verbs_run_on_arrays_of_a_device_and_a_wrong_one_is_found():
    there = Backend("device", lambda x: wrapped(x.copy()), DeviceArray.get)
    name = next(name for name in verbs.BY_NAME if name.startswith("Conv2d"))
    with waiting_allowed():
        assert max(verbs.errors(verbs.BY_NAME[name], there).values()) < 1e-5
    off = Backend("off", lambda x: x * np.float32(1 + 1e-4), NUMPY.to_host)
    assert max(verbs.errors(verbs.BY_NAME[name], off).values()) > LIMITS["float32"]


def test_every_launcher_has_a_problem():
    assert {p.source for p in problems.PROBLEMS} == {each.SOURCE for each in LAUNCHERS}
    assert len(problems.BY_NAME) == len(problems.PROBLEMS)


NEEDED = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")
QUICK = ("activation", "patches")


@NEEDED
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=() if p.source in QUICK else pytest.mark.slow)
        for n, p in problems.BY_NAME.items()
    ],
)
def test_problems_agree_with_their_twins(name):
    assert kernels_check.checked(name, NUMPY, Emulated())["passes"]


@NEEDED
def test_launches_are_kept_with_the_bytes_that_they_move():
    chosen = problems.BY_NAME["activation: bias and LeakyReLU"]
    recorder = problem.Recorder(Emulated())
    given = problem.prepared(chosen, problem.Numbers(NUMPY), "small", NUMPY)
    x, bias = given
    y, _ = chosen.call(recorder, x, bias)
    (launch,) = recorder.launches
    assert problem.bytes_of(launch) == 3 * x.nbytes + bias.nbytes
    expected, y[...] = y.copy(), 0
    recorder(launch)  # again, into the same arrays
    np.testing.assert_array_equal(y, expected)
    wrong = chosen._replace(twin=lambda x, b: (x + b, x + b))
    assert max(problem.errors(wrong, Emulated(), given, NUMPY)) > chosen.tolerance


def test_a_sanitizer_that_was_not_let_through_is_no_pass():
    clean = worker.Report("", ["a"], {"a": {}}, {}, "")
    log = "========= ERROR SUMMARY: 0 errors\n"
    assert sanitizer.verdict(0, log, clean)["passes"]
    assert not sanitizer.verdict(0, log, clean._replace(results={}))["passes"]
    assert not sanitizer.verdict(None, "", clean)["passes"]
    found = "========= Invalid __global__ write of size 4 bytes\n" + log
    bad = sanitizer.verdict(
        sanitizer.FOUND, found.replace("0 errors", "1 error"), clean
    )
    assert (bad["passes"], bad["summary"]) == (False, "1 error")
    assert bad["first"] == ["Invalid __global__ write of size 4 bytes"]


def test_tests_that_leave_the_device_alone_are_no_pass(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "benchmarks"))
    (tmp_path / "test_two.py").write_text(
        "def test_a():\n    pass\n\ndef test_b():\n    assert 1 == 2\n"
    )
    found = suite.session("test_two.py", 60.0, tmp_path)
    assert (found["passed"], found["failed"], found["passes"]) == (1, 1, False)
    assert found["failures"] == {"test_two.py::test_b": "assert 1 == 2"}
    held = [{"test": "a", "outcome": "passed"}, {"bytes": 0}]
    assert not suite.counted(held, "exit status 0", "")["passes"]
    held.append({"bytes": 512})
    assert suite.counted(held, "exit status 0", "")["passes"]
