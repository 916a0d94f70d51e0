"""The results as a short table."""

from collections.abc import Iterator
from typing import Any

from on_gpu import judged
from on_gpu.parts import PARTS
from on_gpu.verbs import by_layer

VERDICTS = {True: "yes", False: "NO", None: "--"}
SHOWN = ("numpy", "cupy-cuda13x", "cupy-cuda12x", "torch", "jax", "nvcc")
STEPS = {"torch": "PyTorch", "jax": "JAX", "torch-float32": "PyTorch"}
MOST = 60  # of the letters of an explanation
WORST = 5  # layers, and kernels


def text(record: dict[str, Any]) -> str:
    """All of it."""
    blocks = (heading, states, ceilings, steps, own, kernels, layers, checks, claims)
    parts = ["\n".join(block(record)) for block in blocks]
    return "\n\n".join(part for part in parts if part)


def heading(record: dict[str, Any]) -> Iterator[str]:
    """Where, when and with what."""
    found = judged.results(record, "machine")
    device, versions = found.get("device", {}), found.get("versions", {})
    driver = device.get("driver_version")
    yield device.get("name", "unknown device") + (
        f", driver {driver}" if driver else ""
    )
    yield ", ".join(f"{name} {versions[name]}" for name in SHOWN if name in versions)
    changed = "+" * record["commit"].endswith("+")
    yield (
        f"commit {record['commit'][:12]}{changed}, {record['date']}, "
        f"{record.get('seconds', 0):.0f} s of {record['budget']:.0f}"
    )
    if record["device"] == "cpu":
        yield "a rehearsal at tiny sizes: its times mean nothing"


def states(record: dict[str, Any]) -> Iterator[str]:
    """How each part ended."""
    yield f"{'part':30} {'state':10} {'seconds':>7}  {'items':>9}"
    for name, part in record["parts"].items():
        done, left = len(part["results"]), len(part["not_reached"])
        items = f"{done} of {done + left + len(part['errors'])}"
        line = f"{PARTS[name].title:30} {part['state']:10} {part['seconds']:7.1f}"
        why = "" if part["state"] == "done" else shortened(part["why"])
        items = "" if part["state"] == "not run" else items
        yield f"{line}  {items:>9}  {why}".rstrip()


def ceilings(record: dict[str, Any]) -> Iterator[str]:
    """Of the device."""
    found = judged.results(record, "ceilings")
    for name, each in found.items():
        rate = (
            f"{each['gb_s']:8.0f} GB/s, read and written"
            if "gb_s" in each
            else f"{each['tflop_s']:8.1f} TFLOP/s"
        )
        yield f"{'ceiling, ' + name:30} {rate}"


def steps(record: dict[str, Any]) -> Iterator[str]:
    """Ours beside theirs."""
    rows = []
    for part, library in STEPS.items():
        for item, each in judged.results(record, part).items():
            case, side = item.split(", ")
            against = f"{library} {side}, {PARTS[part].precision}"
            spread = f"({each['ratio_least']:.2f} to {each['ratio_most']:.2f})"
            rows.append(
                f"{case:18} {each['ours_ms']:10.3f} {each['theirs_ms']:10.3f}  "
                f"{each['ratio']:6.2f} {spread:16} {against}"
            )
    if rows:
        kinds = {
            each["ours"] for p in STEPS for each in judged.results(record, p).values()
        }
        ours = "ours, " + "/".join(sorted(kinds))
        yield f"{'step, ms':18} {ours:>10} {'theirs':>10}  {'theirs / ours':23} against"
        yield from rows


def own(record: dict[str, Any]) -> Iterator[str]:
    """Our layer's convolutions beside cuDNN, through PyTorch and by itself."""
    found = judged.results(record, "convolutions")
    if not found:
        return
    alone = judged.results(record, "cudnn")
    yield f"{'convolution, TFLOP/s':24} {'ours':>8} {'PyTorch':>8} {'cuDNN':>8}"
    for layer, each in found.items():
        for name, times in each["primitives"].items():
            rates = [each["flop"] / times[k] / 1e9 for k in ("ours_ms", "theirs_ms")]
            best = alone.get(f"{layer}, {name}")
            last = f"{best['flop'] / best['ms'] / 1e9:8.1f}" if best else f"{'--':>8}"
            said = " ".join(f"{rate:8.1f}" for rate in rates)
            yield f"{layer + ', ' + name:24} {said} {last}"


def kernels(record: dict[str, Any]) -> Iterator[str]:
    """The slowest launches beside the ceilings."""
    found = judged.rates(record)

    def share(name: str) -> float:
        shares = [found[name][k] for k in ("of_copy", "of_products")]
        return min((s for s in shares if s is not None), default=0.0)

    for name in sorted(found, key=share)[:WORST]:
        each = found[name]
        rate = (
            f"{each['gb_s']:7.0f} GB/s   "
            if each["gb_s"] is not None
            else f"{each['tflop_s']:7.1f} TFLOP/s"
        )
        yield f"{name:66} {each['ms']:8.3f} ms {rate} {share(name):5.0%}"


def layers(record: dict[str, Any]) -> Iterator[str]:
    """The layers that are farthest from NumPy."""
    for part in ("verbs", "verbs-tf32"):
        worst = by_layer(judged.results(record, part))
        for layer, each in list(worst.items())[: WORST if worst else 0]:
            where = f"{each['case']}, {each['verb']}"
            yield f"{PARTS[part].precision:8} {layer:24} {each['error']:8.1e}  {where}"


def checks(record: dict[str, Any]) -> Iterator[str]:
    """Of compute-sanitizer and of the tests."""
    for tool, each in judged.results(record, "sanitizer").items():
        said = each["summary"] or each["ended"]
        ran = f"{each['ran']} of {each['of']} problems"
        yield f"{tool:30} {VERDICTS[each['passes']]:4} {ran}; {shortened(said)}"
    for folder, each in judged.results(record, "suite").items():
        counts = ", ".join(f"{each[k]} {k}" for k in ("passed", "failed", "skipped"))
        counts += f"; {each['ended']}"
        counts += "" if each["device_bytes"] else "; CuPy held no memory"
        yield f"{folder:30} {VERDICTS[each['passes']]:4} {counts}"


def claims(record: dict[str, Any]) -> Iterator[str]:
    """What the results are held to."""
    for line in judged.lines(record):
        yield f"{VERDICTS[line.holds]:4} {line.asked:56} {line.found}".rstrip()


def shortened(words: str) -> str:
    """So that it fits on a line."""
    return words if len(words) <= MOST else words[: MOST - 1] + "…"
