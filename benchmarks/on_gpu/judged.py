"""The lines that the results are held to, and whether they are."""

from typing import Any, NamedTuple

from on_gpu.setting import LIMITS
from on_gpu.verbs import by_layer

EAGER, GRAPH = 3.0, 1.2  # times as fast as PyTorch's step
COPY = 0.8  # of the copy's rate
PRODUCT = 0.6  # of the rate of products
LARGE = 2**27  # bytes below which a rate says more of the cache than of memory


class Line(NamedTuple):
    """One claim: what is asked, what was found, and whether that is it."""

    asked: str
    found: str
    holds: bool | None  # None where it was not measured


def lines(record: dict[str, Any]) -> list[Line]:
    """All claims, for a record of `gpu.py`."""
    return [
        *verbs(record),
        problems(record),
        *steps(record),
        memory(record),
        convolutions(record),
    ]


def results(record: dict[str, Any], part: str) -> dict[str, Any]:
    """By item; empty where the part has not run."""
    found: dict[str, Any] = record["parts"].get(part, {}).get("results", {})
    return found


def whole(record: dict[str, Any], part: str) -> bool:
    """Whether every item of a part has a result."""
    return bool(record["parts"].get(part, {}).get("state") == "done")


def verbs(record: dict[str, Any]) -> list[Line]:
    """Every verb agrees with NumPy."""
    found = []
    for part, precision in (("verbs", "float32"), ("verbs-tf32", "tf32")):
        asked = f"every verb agrees with NumPy, {precision}: {LIMITS[precision]:.0e}"
        worst = by_layer(results(record, part))
        if not worst:
            found.append(Line(asked, "", None))
            continue
        layer = next(iter(worst.values()))
        right = all(each["passes"] for each in worst.values()) and whole(record, part)
        said = f"{layer['error']:.1e}, {layer['case']}, {layer['verb']}"
        found.append(Line(asked, said, right))
    return found


def problems(record: dict[str, Any]) -> Line:
    """Every kernel agrees with its NumPy twin."""
    asked, found = "every kernel agrees with NumPy", results(record, "check")
    wrong = [name for name, each in found.items() if not each["passes"]]
    wrong += record["parts"].get("check", {}).get("errors", {})
    if not found and not wrong:
        return Line(asked, "", None)
    said = f"{len(found)} problems" + (f", wrong: {'; '.join(wrong)}" if wrong else "")
    return Line(asked, said, not wrong and whole(record, "check"))


def steps(record: dict[str, Any]) -> list[Line]:
    """Critic steps against PyTorch's two sides."""
    found = []
    for side, least in (("eager", EAGER), ("graph", GRAPH)):
        asked = f"critic steps: {least} times PyTorch, {side}, TF32"
        ratios = {
            item.split(",")[0]: each["ratio"]
            for item, each in results(record, "torch").items()
            if item.endswith(side) and "r1" not in item
        }
        said = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
        slow = any(r < least for r in ratios.values())
        proven = bool(ratios) and whole(record, "torch")
        holds = False if slow else True if proven else None
        found.append(Line(asked, said, holds))
    return found


def memory(record: dict[str, Any]) -> Line:
    """Memory-bound kernels against the copy."""
    asked = f"memory-bound kernels: {COPY:.0%} of the copy"
    shares = {
        name: each["of_copy"]
        for name, each in rates(record).items()
        if each["of_copy"] is not None
    }
    if not shares:
        return Line(asked, "", None)
    low = {name: share for name, share in shares.items() if share < COPY}
    name = min(shares, key=lambda each: shares[each])
    said = (
        f"{len(shares) - len(low)} of {len(shares)}; least {shares[name]:.0%}, {name}"
    )
    return Line(asked, said, not low)


def convolutions(record: dict[str, Any]) -> Line:
    """Our convolutions against products of the same precision, TF32."""
    asked = f"own convolutions: {PRODUCT:.0%} of products, TF32"
    shares = {
        name: each["of_products"]
        for name, each in rates(record).items()
        if each["of_products"] is not None and name.endswith("tf32")
    }
    if not shares:
        return Line(asked, "", None)
    low = [name for name, share in shares.items() if share < PRODUCT]
    name = min(shares, key=lambda each: shares[each])
    said = (
        f"{len(shares) - len(low)} of {len(shares)}; least {shares[name]:.0%}, {name}"
    )
    return Line(asked, said, not low)


def rates(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of every large launch, and of what products bound: rates and their shares.

    A problem that says what it moves is one row; of others each launch is.
    """
    copy = results(record, "ceilings").get("copy", {}).get("gb_s")
    found: dict[str, dict[str, Any]] = {}
    for name, each in results(record, "kernels").items():
        if each["bound"] == "products":
            ms = sum(launch["ms"] for launch in each["launches"])
            rate = each["flop"] / ms / 1e9
            best = results(record, "ceilings").get(name.split(", ")[-1], {})
            share = rate / best["tflop_s"] if best else None
            found[name] = row(ms, tflop_s=rate, of_products=share)
        elif each["bound"] == "memory":
            for launch in launches(each):
                bytes_ = launch["bytes"]
                if bytes_ >= LARGE:
                    rate = bytes_ / launch["ms"] / 1e6
                    share = rate / copy if copy else None
                    key = unused(f"{name}, {launch['kernel']}", found)
                    found[key] = row(launch["ms"], gb_s=rate, of_copy=share)
    return found


def unused(key: str, found: dict[str, Any]) -> str:
    """The key, or with a number: a problem may take one kernel several times."""
    times = 1
    while (numbered := key if times == 1 else f"{key}, {times}") in found:
        times += 1
    return numbered


def launches(problem: dict[str, Any]) -> list[dict[str, Any]]:
    """Launches that have so many bytes to move; all as one where the problem says."""
    found = problem["launches"]
    if problem["bytes"] is None:
        return [each for each in found if each["bytes"] is not None]
    names = " and ".join(dict.fromkeys(each["kernel"] for each in found))
    ms = sum(each["ms"] for each in found)
    return [{"kernel": names, "ms": ms, "bytes": problem["bytes"]}]


def row(ms: float, **given: Any) -> dict[str, Any]:
    """With None for what is not said."""
    names = ("gb_s", "of_copy", "tflop_s", "of_products")
    return {"ms": ms, **{name: given.get(name) for name in names}}
