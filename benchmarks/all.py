"""Every benchmark, one after the other, into a folder of results.

    pip install -e '.[bench]'
    python benchmarks/all.py FOLDER

Writes FOLDER/NAME.json for each, and passes over those that are there already, so that
what was interrupted can go on. About twenty minutes on two cores.
"""

import argparse
import subprocess
import sys
from pathlib import Path

NAMES = (
    "critic_step",
    "generator_step",
    "training_step",
    "r1_step",
    "path_length_step",
    "layers",
    "memory",
    "scaling",
)


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the results; made if need be")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).parent
    for name in NAMES:
        file = folder / f"{name}.json"
        if file.exists():
            print(f"{name}: {file} is there")
            continue
        print(f"== {name}", flush=True)
        script = str(here / f"{name}.py")
        subprocess.run([sys.executable, script, "--json", str(file)], check=True)


if __name__ == "__main__":
    main()
