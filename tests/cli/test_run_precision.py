"""A run in float16, and that it stays in it."""

import json

from runs import images, one_line, scratchgan


def test_a_run_remembers_in_what_it_computes(tmp_path):
    data = images(tmp_path / "images.npy")
    tiny = ["--set", "dim=4", "--set", "batch_size=4", "--set", "checkpoint_every=2"]
    run = tmp_path / "run"
    done = scratchgan(
        "train", "wgan-gp-mnist", "--data", data, "--out", run, "--steps", 2, *tiny,
        "--precision", "float16",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads((run / "config.json").read_text())["precision"] == "float16"
    resume = ("train", "--resume", run, "--steps", 4)
    one_line(
        scratchgan(*resume, "--precision", "float32"),
        "--precision: a resumed run keeps float16, received float32; leave it out",
    )
    assert scratchgan(*resume).returncode == 0
    config = json.loads((run / "config.json").read_text())
    assert (config["precision"], config["settings"]["steps"]) == ("float16", 4)


def test_an_older_run_has_computed_in_float32(tmp_path):
    run = tmp_path / "run"
    done = scratchgan("train", "wgan-gp-ring", "--out", run, "--steps", 2)
    assert done.returncode == 0, done.stderr
    config = json.loads((run / "config.json").read_text())
    assert config.pop("precision") == "float32"
    (run / "config.json").write_text(json.dumps(config))
    one_line(
        scratchgan("train", "--resume", run, "--precision", "float16"),
        "--precision: a resumed run keeps float32",
    )
    assert scratchgan("train", "--resume", run).returncode == 0


def test_what_a_gpu_rounds_goes_on_without_one(tmp_path):
    run = tmp_path / "run"
    assert scratchgan("train", "gan-ring", "--out", run, "--steps", 1).returncode == 0
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"precision": "tf32"}))
    done = scratchgan("train", "--resume", run, "--steps", 2)
    assert done.returncode == 0
    assert "tf32 is a GPU's: going on in float32" in done.stderr
    assert json.loads((run / "config.json").read_text())["precision"] == "tf32"
    (run / "config.json").write_text(json.dumps(config | {"precision": "int8"}))
    done = scratchgan("train", "--resume", run)
    one_line(done, "config.json: precision: expected float32, tf32, bfloat16, float16")
