"""Do the tests notice a wrong formula? Edit the layers, one at a time, and see.

    python tests/mutate.py --edits 250 --seed 0 --jobs 2

Each edit flips a sign, drops a term or a factor, or swaps two arguments or operands,
somewhere in the verbs of a layer, a penalty, a loss, or in the primitives below them.
For each, the tests of these folders run in a copy of the checkout until one fails. What
survives is printed; docs/mutation.md lists the survivors with the reason.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDERS = ("scratchgan/layers", "scratchgan/penalties", "scratchgan/losses", "kernels")
SUITE = (
    "tests/layers", "tests/kernels", "tests/penalties", "tests/losses",
    "tests/gradcheck", "tests/test_rng.py",
)  # fmt: skip
#: Construction, initial values and messages: no formula to be wrong.
SKIPPED = ("init", "start", "__post_init__", "require", "_require", "_refuse")

SIGNS = {ast.Add: ast.Sub, ast.Sub: ast.Add}
PRODUCTS = (ast.Mult, ast.Div, ast.MatMult)


class Edit(NamedTuple):
    """One change of one node, numbered in the order of `ast.walk`."""

    file: str
    node: int
    kind: str
    line: int


def edits_of(file: Path) -> Iterator[Edit]:
    """Every edit of the functions of a file."""
    module = ast.parse(file.read_text())
    inside = {
        id(node)
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef)
        and not function.name.startswith(SKIPPED)
        for node in ast.walk(ast.Module(function.body, []))
    }
    raised = {
        id(node)
        for statement in ast.walk(module)
        if isinstance(statement, ast.Raise)
        for node in ast.walk(statement)
    }
    for number, node in enumerate(ast.walk(module)):
        if id(node) in inside - raised:
            for kind in kinds_of(node):
                yield Edit(str(file.relative_to(ROOT)), number, kind, node.lineno)  # type: ignore[attr-defined]


def kinds_of(node: ast.AST) -> list[str]:
    """What can be done to a node."""
    if isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
        return ["flip a sign", "drop the first term", "drop the second term"]
    if isinstance(node, ast.BinOp) and isinstance(node.op, PRODUCTS):
        swap = [] if isinstance(node.op, ast.Mult) else ["swap operands"]
        return ["drop the first factor", "drop the second factor", *swap]
    if isinstance(node, ast.AugAssign) and type(node.op) in SIGNS:
        return ["flip a sign", "drop the second term"]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return ["flip a sign"] if not isinstance(node.operand, ast.Constant) else []
    if isinstance(node, ast.Call) and len(node.args) >= 2 and not commutes(node.func):
        first, second = node.args[:2]
        if ast.dump(first) != ast.dump(second):
            return ["swap arguments"]
    return []


def commutes(function: ast.expr) -> bool:
    """Whether the order of its first two arguments means nothing."""
    name = function.attr if isinstance(function, ast.Attribute) else None
    name = function.id if isinstance(function, ast.Name) else name
    return name in ("inner", "add", "maximum", "minimum", "max", "min", "gcd")


def edited(source: str, edit: Edit) -> str:
    """The source with one node changed."""
    module = ast.parse(source)
    target = list(ast.walk(module))[edit.node]

    class Change(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return changed(node, edit.kind) if node is target else super().visit(node)

    return ast.unparse(ast.fix_missing_locations(Change().visit(module)))


def changed(node: ast.AST, kind: str) -> ast.AST:
    """The node that stands in the place of `node`."""
    node = copy.deepcopy(node)
    if isinstance(node, ast.Call):
        node.args[0], node.args[1] = node.args[1], node.args[0]
    elif isinstance(node, ast.UnaryOp):
        return node.operand
    elif isinstance(node, ast.AugAssign):
        if kind != "flip a sign":
            return ast.Pass()
        node.op = SIGNS[type(node.op)]()
    elif isinstance(node, ast.BinOp):
        if kind.startswith("drop"):
            return node.right if "first" in kind else node.left
        if kind == "swap operands":
            node.left, node.right = node.right, node.left
        else:
            node.op = SIGNS[type(node.op)]()
    return node


def survives(edit: Edit, copy_of_root: Path) -> bool:
    """Whether the tests pass with the edit made."""
    file = copy_of_root / edit.file
    source = file.read_text()
    file.write_text(edited(source, edit))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(copy_of_root),
    }
    try:
        result = subprocess.run(
            [*command, *SUITE],
            cwd=copy_of_root,
            env=environment,
            capture_output=True,
            timeout=180,
        )
        return result.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        file.write_text(source)


def main() -> None:
    """Draw edits, run them, and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="names of files, with commas")
    options = parser.parse_args()

    files = sorted(f for folder in FOLDERS for f in (ROOT / folder).glob("*.py"))
    if options.only:
        files = [f for f in files if f.stem in options.only.split(",")]
    known = [edit for file in files for edit in edits_of(file)]
    chosen = random.Random(options.seed).sample(known, min(options.edits, len(known)))
    print(f"{len(chosen)} of {len(known)} edits, seed {options.seed}", flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        copies: Queue[Path] = Queue()
        for job in range(options.jobs):
            copies.put(_copied(Path(scratch) / str(job)))

        def run(edit: Edit) -> tuple[Edit, bool]:
            place = copies.get()
            try:
                return edit, survives(edit, place)
            finally:
                copies.put(place)

        survivors = 0
        with ThreadPoolExecutor(options.jobs) as pool:
            for edit, alive in pool.map(run, chosen):
                if alive:
                    survivors += 1
                    line = (ROOT / edit.file).read_text().splitlines()[edit.line - 1]
                    print(
                        f"SURVIVED {edit.file}:{edit.line} {edit.kind}: {line.strip()}"
                    )
                    sys.stdout.flush()
    killed = len(chosen) - survivors
    print(f"{killed} of {len(chosen)} caught, {100 * killed / len(chosen):.1f} %")


def _copied(place: Path) -> Path:
    ignored = shutil.ignore_patterns(".git", ".venv", "runs", "build", "*.egg-info")
    return Path(shutil.copytree(ROOT, place, ignore=ignored))


if __name__ == "__main__":
    main()
