"""Everything that has to be measured on a GPU, in at most eight minutes.

    PYTHONPATH=. python benchmarks/gpu.py --out results.json

Verbs of every layer against NumPy, every kernel against its NumPy twin and beside the
device's measured ceilings, our own convolutions, steps against PyTorch, JAX and cuDNN,
compute-sanitizer on the kernels, and the tests on CuPy's arrays. What is not there
(JAX, compute-sanitizer, cuDNN's frontend) is passed over, and the table says so.

Each part runs in processes of its own, for a share of the time that is left; the file
is written anew after each. Nothing has to be installed but NumPy, CuPy and what it is
compared with. `--device cpu` rehearses the parts that need no GPU, at tiny sizes: its
times mean nothing.
"""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests")]

from on_gpu.parts import PARTS  # noqa: E402
from on_gpu.setting import DEVICES, Setting  # noqa: E402

BUDGET = 480.0  # seconds
LAST = 2.0  # seconds that are kept for the end


def main() -> None:
    """Run the parts, or be one of their processes."""
    options = parsed()
    if options.work:
        serve(options)
        return
    from on_gpu import crew, table

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # processes are ended
    if options.out.exists():
        raise FileExistsError(f"--out: expected a new file, received {options.out}")
    start, record = time.monotonic(), header(options)
    names = options.parts
    for i, name in enumerate(names):
        left = options.budget - LAST - (time.monotonic() - start)
        seconds = share(names[i:], left)
        print(f"{PARTS[name].title}: up to {seconds:.0f} s ...", flush=True)
        record["parts"][name] = crew.run(name, options.device, seconds)
        record["seconds"] = round(time.monotonic() - start, 1)
        write(options.out, record)
    print("\n" + table.text(record))


def share(names: list[str], left: float) -> float:
    """Seconds of the first of these parts, when so many are left for all."""
    whole = sum(PARTS[name].share for name in names)
    return max(1.0, left * PARTS[names[0]].share / whole)


def serve(options: argparse.Namespace) -> None:
    """Measure items of one part, and report them line by line."""
    from on_gpu import worker

    part, (first, step) = PARTS[options.work], options.deal
    setting = Setting(options.device, part.precision, options.seconds)
    only = options.only.split("\n") if options.only else None
    worker.work(
        part.module,
        setting,
        options.lines,
        lambda items: items[first::step] if only is None else only,
    )


def header(options: argparse.Namespace) -> dict[str, Any]:
    """What is known before anything is measured."""
    return {
        "benchmark": "gpu",
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "commit": options.commit or commit(),
        "command": shlex.join([Path(sys.executable).name, *sys.argv]),
        "device": options.device,
        "budget": options.budget,
        "parts": {},
    }


def commit() -> str:
    """Of this checkout, with a plus where it was changed; "unknown" without git."""
    try:
        found = [
            subprocess.run(
                ["git", *arguments],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            for arguments in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found[0] + "+" * bool(found[1])


def write(path: Path, record: dict[str, Any]) -> None:
    """The whole file, or none of it."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(json.dumps(record, indent=1) + "\n")
    os.replace(unfinished, path)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the results to this new file")
    parser.add_argument("--parts", type=chosen, default=list(PARTS), help="such as a,b")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds in all")
    parser.add_argument("--device", choices=DEVICES, default="gpu")
    parser.add_argument("--commit", default="", help="where the checkout has no git")
    parser.add_argument("--work", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--only", default="", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=60, help=argparse.SUPPRESS)
    parser.add_argument(
        "--deal", type=int, nargs=2, default=(0, 1), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if not options.work and options.out is None:
        parser.error("--out: expected a new file, received none")
    if options.budget <= 0:
        parser.error(f"--budget: expected seconds above 0, received {options.budget}")
    return options


def chosen(text: str) -> list[str]:
    """Names of parts, in the order of `PARTS`."""
    asked = text.split(",")
    if unknown := [name for name in asked if name not in PARTS]:
        raise argparse.ArgumentTypeError(
            f"expected some of {', '.join(PARTS)}, received {', '.join(unknown)}"
        )
    return [name for name in PARTS if name in asked]


if __name__ == "__main__":
    main()
