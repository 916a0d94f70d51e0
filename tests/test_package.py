"""What importing costs, and where the kernels are found."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import scratchgan

ROOT = Path(__file__).parents[1]
SOURCES = [p for d in ("scratchgan", "kernels") for p in (ROOT / d).rglob("*.py")]


def python(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        **options,
    ).stdout


def test_the_library_needs_numpy_alone():
    """All but the command line, pictures and checkpoints imports without the rest."""
    printed = python(
        "import sys, importlib\n"
        "for name in ('typer', 'rich', 'matplotlib', 'PIL', 'safetensors', 'pooch',\n"
        "             'threadpoolctl', 'requests', 'cupy', 'torch', 'scipy'):\n"
        "    sys.modules[name] = None\n"
        "for name in ('', '.layers', '.losses', '.penalties', '.optim', '.networks',\n"
        "             '.gradcheck', '.recipes', '.data', '.kernels', '.parallel',\n"
        "             '.explain.pages', '.metrics', '.evaluation', '.studies',\n"
        "             '.training.state', '.training.steps', '.gradcheck.cases'):\n"
        "    importlib.import_module('scratchgan' + name)\n"
        "from scratchgan import recipes\n"
        "[recipes.get(name) for name in recipes.NAMES]\n"
        "print('ok')"
    )
    assert printed == "ok\n"


def test_subpackages_are_attributes():
    code = "import scratchgan; print(scratchgan.layers.Dense(3), len(dir(scratchgan)))"
    assert python(code).startswith("Dense(features=3")
    assert python("import scratchgan, sys; print('numpy' in sys.modules)") == "False\n"
    with pytest.raises(AttributeError, match="no attribute 'autograd'"):
        _ = scratchgan.autograd


def test_kernels_import_from_a_plain_checkout(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import scratchgan.kernels.conv as k; print(k.__name__, k.__file__)"
    )
    name, file = python(code, cwd=tmp_path).split()
    assert name == "scratchgan.kernels.conv"
    assert Path(file).is_file()


def test_no_top_level_module_called_kernels_is_installed(tmp_path):
    code = "import importlib.util as u; print(u.find_spec('kernels'))"
    assert python(code, cwd=tmp_path) == "None\n"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_sources_keep_the_rules(path):
    """No autograd, no pickle, one idea a file, and short functions."""
    text = path.read_text()
    module = ast.parse(text)
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    assert not names & {"pickle", "torch", "jax", "autograd", "tensorflow"}
    assert len(text.splitlines()) <= 250
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 40, f"{node.name}: {lines} lines"


#: From the top down: a module imports from its own group and from those below it.
ORDER = [
    "cli", "explain", "gradcheck", "studies", "recipes", "evaluation", "profiling",
    "parallel", "training",
    "metrics", "penalties",
    "losses", "networks", "layers", "optim", "data", "rng", "kernels",
    "later", "backend", "tree", "types",
]  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_downwards(path):
    own = path.relative_to(ROOT).with_suffix("").parts
    group = "kernels" if own[0] == "kernels" else own[1]
    if group not in ORDER:
        return  # __init__ and __main__ import nothing, or the command line
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts == ["scratchgan"]:
                imported = [alias.name for alias in node.names]
            else:
                imported = parts[1:2] if parts[0] == "scratchgan" else []
            for name in imported:
                if name in ORDER:
                    assert ORDER.index(name) >= ORDER.index(group), f"{group} -> {name}"


def test_the_version_is_stated_once():
    assert (
        f'version = "{scratchgan.__version__}"' in (ROOT / "pyproject.toml").read_text()
    )
