"""The command line as its user meets it: in processes of its own."""

import json
import os
import resource
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from runs import command, images, one_line, scratchgan

from scratchgan import __version__
from scratchgan.training.checkpoint import load_checkpoint

QUICK = ("--set", "dim=4", "--set", "batch_size=4", "--set", "checkpoint_every=2",
         "--set", "sample_every=2", "--set", "log_every=1")  # fmt: skip


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "digits"
    done = scratchgan("train", *QUICK, "--steps", 4, "--seed", 1, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


def test_a_run_leaves_what_it_promises(digits_run):
    out, done = digits_run
    files = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert files == {
        "config.json",
        "metrics.jsonl",
        "timings.jsonl",
        "losses.png",
        "samples.gif",
        "samples/step-00000002.png",
        "samples/step-00000004.png",
        "checkpoints/step-00000002.safetensors",
        "checkpoints/step-00000004.safetensors",
    }
    config = json.loads((out / "config.json").read_text())
    assert config["recipe"] == "wgan-gp-digits"
    assert config["seed"] == 1
    assert config["settings"]["dim"] == 4
    lines = [
        json.loads(text) for text in (out / "metrics.jsonl").read_text().splitlines()
    ]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert {"critic_loss", "wasserstein", "penalty", "generator_loss"} <= set(lines[0])
    assert "\x1b" not in done.stdout  # lines, not a live display, where nobody watches
    with Image.open(out / "samples/step-00000004.png") as sheet:
        assert sheet.mode == "L"
        assert min(sheet.size) >= 500


def test_the_same_command_leaves_the_same_bytes(digits_run, tmp_path):
    """In a process whose sets have another order, too."""
    out, _ = digits_run
    again = tmp_path / "again"
    typed = command("train", *QUICK, "--steps", "4", "--seed", "1", "--out", str(again))
    env = os.environ | {"PYTHONHASHSEED": "5"}
    subprocess.run(typed, env=env, check=True, capture_output=True)
    for name in ("metrics.jsonl", "samples/step-00000004.png", "losses.png",
                 "checkpoints/step-00000004.safetensors"):  # fmt: skip
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_sample_draws_numbers_and_pictures(digits_run, tmp_path):
    out, _ = digits_run
    numbers = tmp_path / "a.npy"
    done = scratchgan("sample", out, "-n", 5, "--seed", 2, "--out", numbers)
    assert "5 samples of step 4" in done.stdout
    array = np.load(numbers)
    assert array.shape == (5, 28, 28, 1)
    assert 0 <= array.min() <= array.max() <= 1
    other = tmp_path / "b.npy"
    scratchgan("sample", out, "-n", 5, "--seed", 3, "--out", other)
    assert not np.array_equal(np.load(other), array)
    rows = tmp_path / "rows.npy"
    scratchgan("sample", out, "-n", 2, "--interpolate", "--out", rows)
    assert np.load(rows).shape == (20, 28, 28, 1)
    again = scratchgan("sample", out, "--out", numbers)
    assert again.returncode == 2
    assert "exists; choose another file" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["wgan-gp-rnig"], ["recipe", "'wgan-gp-rnig'", "did you mean 'wgan-gp-ring'"]),
        (["--data", "mnits"], ["data", "did you mean 'mnist'"]),
        (["--data", "./nothing.npy"], ["nothing.npy: no such file"]),
        (["--set", "stps=3"], ["'stps'", "did you mean 'steps'"]),
        (["--set", "steps"], ["--set: expected key=value, received 'steps'"]),
        (["--set", "steps=many"], ["steps: expected an integer, received 'many'"]),
        (["--set", "one_sided=yes"], ["one_sided: expected true or false"]),
        (["--set", "beta1=1.5"], ["beta1: expected 0 to 0.999, received 1.5"]),
        (["--set", "gp_weight=nan"], ["gp_weight: expected at least 0, received nan"]),
        (["--set", "batch_size=10001"], ["batch_size: expected 1 to 10000"]),
        (["--steps", "0"], ["steps: expected at least 1, received 0"]),
        (["--steps", "few"], ["--steps", "integer"]),
        (["--seed", "-1"], ["--seed: expected a non-negative integer"]),
        (["gan-mnist", "--data", "ring"], ["gan-mnist takes samples of shape"]),
        (["--steps", "3", "--set", "steps=5"], ["--set: steps is given twice"]),
        (["--data", ""], ["data: unknown name ''"]),
        (["gan-ring", "--set", "dim=10000000"], ["Unable to allocate"]),
        (["--resume", "nowhere"], ["nowhere: no run here"]),
        (["--no-such-option"], ["--no-such-option"]),
        (["--backend", "gpu"], ["backend: expected auto, numpy, cupy, received"]),
        (["--precision", "int8"], ["--precision: expected float32, tf32, bfloat16"]),
        (["--precision", "tf32"], ["--precision: expected float32, float16 with"]),
    ],
)
def test_bad_input_is_one_clear_line_and_writes_nothing(arguments, words, tmp_path):
    done = scratchgan("train", *arguments, cwd=tmp_path)
    one_line(done, *words)
    assert not list(tmp_path.iterdir())


def test_images_that_do_not_fit(tmp_path):
    (tmp_path / "mixed").mkdir()
    for name, side in (("a", 28), ("b", 32)):
        pixels = np.zeros((side, side), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "mixed" / f"{name}.png")
    out = ("--out", tmp_path / "run")
    one_line(scratchgan("train", "--data", tmp_path / "mixed", *out), "28×28", "32×32")
    few = images(tmp_path / "few.npy", 3)
    one_line(scratchgan("train", "--data", few, *out), "batch_size: expected 1 to 3")
    odd = images(tmp_path / "odd.npy", 3, side=30)
    one_line(scratchgan("train", "--data", odd, *out), "multiples of 4", "(30, 30, 1)")
    np.save(tmp_path / "nan.npy", np.full((70, 28, 28, 1), np.nan))
    done = scratchgan("train", "--data", tmp_path / "nan.npy", *out)
    one_line(done, "expected finite numbers", "70 of 70")
    assert not (tmp_path / "run").exists()


def test_colours_that_cannot_be_drawn(tmp_path):
    np.save(tmp_path / "two.npy", np.zeros((70, 8, 8, 2), np.uint8))
    done = scratchgan("train", "--data", "two.npy", cwd=tmp_path)
    one_line(done, "expected images with 1 or 3 channels", "(8, 8, 2)")
    assert not (tmp_path / "runs").exists()


def test_points_of_ones_own_are_known_again_from_anywhere(tmp_path):
    """A few are enough; a run resumed elsewhere finds them; others are refused."""
    points = np.random.default_rng(0).normal(size=(50, 2))
    np.save(tmp_path / "points.npy", points)
    arguments = ("train", "gan-ring", *QUICK, "--steps", 3, "--out", "run")
    done = scratchgan(*arguments, "--data", "points.npy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = scratchgan("train", "--resume", tmp_path / "run", "--steps", 4)
    assert done.returncode == 0, done.stderr
    done = scratchgan("sample", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    np.save(tmp_path / "points.npy", points + 1)
    done = scratchgan("train", "--resume", tmp_path / "run", "--steps", 5)
    one_line(done, "is not what", "digest")


def test_letters_that_a_terminal_lacks_do_not_stop_a_training(tmp_path):
    done = subprocess.run(
        command("train", *QUICK, "--steps", "1", "--out", str(tmp_path / "run")),
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_nothing_is_overwritten(digits_run, tmp_path):
    out, _ = digits_run
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    one_line(scratchgan("train", "--out", out), "holds another run", "--resume")
    one_line(scratchgan("train", "--resume", out, "--seed", 9), "--seed", "keeps 1")
    one_line(
        scratchgan("train", "gan-ring", "--resume", out), "RECIPE", "wgan-gp-digits"
    )
    one_line(scratchgan("train", "--resume", out, "--set", "dim=5"), "--set")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    one_line(scratchgan("train", "--out", tmp_path / "full"), "is not empty")
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_a_foreign_or_damaged_run_is_named(digits_run, tmp_path):
    out, _ = digits_run
    run = tmp_path / "run"
    shutil.copytree(out, run)
    config = json.loads((run / "config.json").read_text())

    def rewrite(**changes):
        (run / "config.json").write_text(json.dumps(config | changes))

    rewrite(format=99)
    one_line(scratchgan("train", "--resume", run), "expected format 1, received 99")
    rewrite(seed=77)
    one_line(
        scratchgan("train", "--resume", run, "--steps", 9), "expected a checkpoint of"
    )
    rewrite(seed="x")
    one_line(scratchgan("train", "--resume", run), "seed: expected int, received 'x'")
    rewrite(data=5)
    one_line(scratchgan("train", "--resume", run), "data: expected str, received 5")
    rewrite(recipe="wgan-gp-mnist")
    one_line(scratchgan("train", "--resume", run), "config.json")
    (run / "config.json").write_text("{")
    one_line(scratchgan("train", "--resume", run), "not a run's config")
    rewrite()
    for checkpoint in (run / "checkpoints").iterdir():
        checkpoint.write_bytes(b"")
    one_line(
        scratchgan("train", "--resume", run, "--steps", 9), "not a readable checkpoint"
    )
    one_line(scratchgan("sample", run), "not a readable checkpoint")


def test_a_non_finite_loss_stops_the_run_and_is_named(tmp_path):
    done = scratchgan(
        "train", "wgan-gp-ring", *QUICK, "--steps", 50, "--out", tmp_path / "run",
        "--set", "learning_rate=1e30",
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert "stopped at step" in line
    assert "is not finite" in line or "is nan" in line or "is inf" in line
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["settings"]["learning_rate"] == 1e30


def test_parameters_that_overflow_are_never_saved(tmp_path):
    """The last update of a step is looked at before the step is kept."""
    done = scratchgan(
        "train", "wgan-ring", *QUICK, "--steps", 3, "--out", tmp_path / "run",
        "--set", "learning_rate=3e38", "--set", "clip=1", "--set", "n_critic=1",
        "--set", "checkpoint_every=1", "--set", "dim=64",
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "not finite" in done.stderr
    for path in (tmp_path / "run" / "checkpoints").iterdir():
        for array in load_checkpoint(path).arrays.values():
            assert np.isfinite(array).all()


def test_a_full_disk_is_one_line(tmp_path):
    """A limit on file sizes stands for the full disk: the same write fails."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    process = subprocess.run(
        command("train", "wgan-gp-ring", *QUICK, "--out", str(tmp_path / "run")),
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=limit,
        check=False,
    )
    assert process.returncode == 2
    assert "Traceback" not in process.stderr
    # matplotlib may complain first that it cannot keep its list of fonts
    last = process.stderr.splitlines()[-1]
    assert last.startswith(f"scratchgan: {tmp_path / 'run'}")
    assert last.endswith(": File too large")
    assert not list((tmp_path / "run").rglob("*.tmp"))
    assert not list((tmp_path / "run" / "checkpoints").iterdir())


def test_version_and_help_with_an_example():
    assert scratchgan("--version").stdout == f"scratchgan {__version__}\n"
    for name in ("train", "sample", "gradcheck", "recipes"):
        done = scratchgan(name, "--help")
        assert done.returncode == 0
        assert f"Example: scratchgan {name}" in " ".join(done.stdout.split())
    assert "Commands:" in scratchgan().stdout
    one_line(scratchgan("trian"), "trian")
