"""A run continues bit for bit, whatever happened to it."""

import json
import os
import random
import signal
import subprocess
import time
from dataclasses import replace

import pytest
from runs import assert_same_run, command, contents, images, run, scratchgan, trainer

from scratchgan.training.checkpoint import list_checkpoints, newest_checkpoint
from scratchgan.training.trainer import StopRequest, stop_on_signals

RECIPES = ["wgan-gp-ring", "gan-ring", "wgan-gp-digits", "wgan-mnist"]


def data_for(recipe, tmp_path):
    return "ring" if recipe.endswith("ring") else images(tmp_path / "images.npy")


@pytest.mark.parametrize("recipe", RECIPES)
def test_n_plus_m_steps_are_n_then_m_bit_for_bit(recipe, tmp_path):
    data = data_for(recipe, tmp_path)
    run(trainer(tmp_path / "whole", recipe, data, steps=12))
    first = trainer(tmp_path / "parts", recipe, data, steps=6)
    run(first)
    second = replace(
        first,
        config=replace(first.config, settings=replace(first.config.settings, steps=12)),
    )
    state, errors = second.resume()
    assert not errors
    assert int(state.step) == 6
    second.folder.write_config(second.config)
    second.run(state, lambda progress: None, StopRequest())
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize("recipe", ["wgan-gp-ring", "wgan-mnist"])
def test_a_stop_between_logs_sheets_and_checkpoints_leaves_no_trace(recipe, tmp_path):
    data = data_for(recipe, tmp_path)
    intervals = {"log_every": 2, "sample_every": 3, "checkpoint_every": 4}
    run(trainer(tmp_path / "whole", recipe, data, steps=10, **intervals))
    t = trainer(tmp_path / "parts", recipe, data, steps=10, **intervals)
    stop = StopRequest()

    def ask(progress):
        if progress.step == 5:
            stop.signal = signal.SIGTERM

    assert int(run(t, ask, stop).step) == 5
    state, _ = t.resume()
    assert int(state.step) == 5
    t.run(state, lambda progress: None, StopRequest())
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_what_was_logged_after_the_checkpoint_is_made_again(tmp_path):
    data = data_for("wgan-gp-ring", tmp_path)
    run(trainer(tmp_path / "whole", "wgan-gp-ring", data, steps=8))
    t = trainer(tmp_path / "parts", "wgan-gp-ring", data, steps=8)
    run(t)
    list_checkpoints(t.folder.checkpoints)[-1].unlink()  # back to step 6
    with open(t.folder.metrics, "a") as file:
        file.write('{}\n{"step": 9, "critic_lo')  # and a line that a kill cut short
    (t.folder.checkpoints / ".step-00000008.safetensors.tmp").write_bytes(b"half")
    state, _ = t.resume()
    assert int(state.step) == 6
    assert [line["step"] for line in t.folder.read_metrics()] == [1, 2, 3, 4, 5, 6]
    assert not t.folder.sheet(8).exists()
    t.run(state, lambda progress: None, StopRequest())
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert (whole / "metrics.jsonl").read_bytes() == t.folder.metrics.read_bytes()
    assert not list(parts.rglob("*.tmp"))


def test_a_damaged_checkpoint_is_passed_over_and_named(tmp_path):
    t = trainer(tmp_path / "run", "wgan-gp-ring", "ring", steps=6)
    run(t)
    newest = list_checkpoints(t.folder.checkpoints)[-1]
    content = bytearray(newest.read_bytes())
    content[-5] ^= 1
    newest.write_bytes(content)
    state, errors = t.resume()
    assert int(state.step) == 4
    assert len(errors) == 1
    assert newest.name in str(errors[0])
    assert "digest" in str(errors[0])


def test_a_finished_run_is_left_whole_and_mended(tmp_path):
    t = trainer(tmp_path / "run", "wgan-gp-ring", "ring", steps=5, log_every=3)
    run(t)
    before = contents(t.folder.path)
    t.folder.losses.unlink()
    t.folder.sheet(
        5
    ).unlink()  # as a kill between the last checkpoint and them leaves it
    state, _ = t.resume()
    t.finish(state)
    assert contents(t.folder.path) == before
    shorter = replace(t.config, settings=replace(t.config.settings, steps=4))
    with pytest.raises(ValueError, match="steps: expected at least 5, which are made"):
        replace(t, config=shorter).resume()
    assert contents(t.folder.path) == before


def test_bits_do_not_depend_on_how_many_threads_blas_would_take(tmp_path):
    arguments = ("train", "gan-ring", "--steps", "3")
    for threads in ("1", "2"):
        done = subprocess.run(
            command(*arguments, "--out", str(tmp_path / threads)),
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        assert done.returncode == 0
    assert_same_run(tmp_path / "1", tmp_path / "2")


def test_a_kill_before_the_first_checkpoint_starts_again(tmp_path):
    whole = run(trainer(tmp_path / "whole", "wgan-gp-ring", "ring", steps=2))
    assert int(whole.step) == 2
    t = trainer(tmp_path / "run", "wgan-gp-ring", "ring", steps=2)
    for folder in (t.folder.samples, t.folder.checkpoints):
        folder.rmdir()  # killed right after config.json was written
    state, errors = t.resume()
    assert int(state.step) == 0
    assert not errors
    t.run(state, lambda progress: None, StopRequest())
    assert_same_run(tmp_path / "whole", tmp_path / "run")


def test_a_second_signal_insists():
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.signal == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


ARGUMENTS = ("train", "wgan-gp-ring", "--seed", "5", "--set", "dim=8", "--set",
             "batch_size=8", "--set", "n_critic=1", "--set", "log_every=1", "--set",
             "checkpoint_every=7", "--set", "sample_every=50")  # fmt: skip


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_ctrl_c_and_sigterm_finish_the_step_and_save(number, code, tmp_path):
    out = tmp_path / "run"
    with subprocess.Popen(
        command(*ARGUMENTS, "--steps", "100000", "--out", str(out)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for_steps(out, process)
        process.send_signal(number)
        printed, errors = process.communicate(timeout=600)
    assert process.returncode == code
    assert not errors
    assert f"scratchgan train --resume {out}" in printed
    step = int(printed.split("stopped after step ")[1].split(";")[0])
    assert (
        list_checkpoints(out / "checkpoints")[-1].name == f"step-{step:08d}.safetensors"
    )
    assert last_step(out) == step
    assert (out / "losses.png").exists()


def test_twenty_kills_lose_only_the_steps_since_the_last_checkpoint(tmp_path):
    out, rng = tmp_path / "killed", random.Random(0)
    start = [*ARGUMENTS, "--steps", "100000", "--out", str(out)]
    for kill in range(20):
        again = ["train", "--resume", str(out)]
        with subprocess.Popen(
            command(*(again if kill else start)), stdout=subprocess.DEVNULL
        ) as process:
            if kill == 0:
                wait_for_steps(out, process)
            time.sleep(rng.uniform(0, 1.2))  # while importing, loading or training
            assert process.poll() is None
            process.kill()
        found, errors = newest_checkpoint(out / "checkpoints")
        assert not errors  # every file under its final name is whole
        reached = 0 if found is None else int(found.arrays["step"])
        assert reached >= last_step(out) - 7
    steps = reached + 10
    finished = scratchgan("train", "--resume", out, "--steps", steps)
    assert f"from checkpoint of step {reached}" in finished.stdout
    assert finished.returncode == 0, finished.stderr
    scratchgan(*ARGUMENTS, "--steps", steps, "--out", tmp_path / "whole")
    assert reached > 20
    assert_same_run(tmp_path / "whole", out)


def wait_for_steps(out, process):
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        if (out / "metrics.jsonl").exists() and last_step(out) > 10:
            return
        time.sleep(0.02)
    raise AssertionError("the training did not start")


def last_step(out):
    lines = (out / "metrics.jsonl").read_text().splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    return json.loads(whole[-1])["step"] if whole else 0
