"""What a WaveGAN's run leaves: sounds, pictures, distances; and the sample command."""

import json
import wave

import numpy as np
import pytest
from PIL import Image
from runs import contents, scratchgan
from sounds import tones

TINY = ("--set", "dim=1", "--set", "length=1024", "--set", "batch_size=4",
        "--set", "latent_size=3", "--set", "log_every=1", "--set", "sample_every=2",
        "--set", "checkpoint_every=2")  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("waves")
    data = tones(folder / "tones", 30)
    out = folder / "run"
    done = scratchgan(
        "train", "wavegan-digits-small", "--data", data, *TINY, "--steps", 3,
        "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out, done


def test_a_run_leaves_sounds_and_pictures(run):
    out, done = run
    sheets = sorted(p.name for p in (out / "samples").iterdir())
    assert sheets == [
        f"step-0000000{step}{suffix}" for step in (2, 3) for suffix in (".png", ".wav")
    ]
    assert "step-00000003.wav" in done.stdout
    with wave.open(str(out / "samples" / "step-00000003.wav")) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        assert file.getnframes() == 16 * (1024 + 2000)  # and a quarter of a second
    with Image.open(out / "samples" / "step-00000003.png") as picture:
        assert min(picture.size) > 300


def test_distances_are_logged_with_sheets(run):
    out, _ = run
    lines = [json.loads(t) for t in (out / "metrics.jsonl").read_text().splitlines()]
    assert ["spectrum_distance" in line for line in lines] == [True, False, True, True]
    last = lines[-1]
    names = {"spectrum_distance", "envelope_distance"}
    assert names | {f"{n}_floor" for n in names} | {"variety"} <= set(last)
    # tones of one loudness: their envelopes hardly differ, and the noise of a
    # generator that learnt nothing is far from them
    assert last["envelope_distance_floor"] < 0.1 < last["envelope_distance"]


def test_a_resumed_run_leaves_the_same_files(run, tmp_path):
    out, _ = run
    config = json.loads((out / "config.json").read_text())
    arguments = ("train", "wavegan-digits-small", "--data", config["data"], *TINY)
    shards = ("--set", f"shards={config['settings']['shards']}")
    again = tmp_path / "again"
    scratchgan(*arguments, *shards, "--steps", 2, "--out", again)
    done = scratchgan("train", "--resume", again, "--steps", 3)
    assert done.returncode == 0, done.stderr
    assert contents(again) == contents(out)


def test_sample_writes_a_sound_and_a_picture_and_overwrites_neither(run, tmp_path):
    out, _ = run
    sound = tmp_path / "a.wav"
    done = scratchgan("sample", out, "-n", 5, "--out", sound)
    assert done.returncode == 0, done.stderr
    assert "5 samples of step 3" in done.stdout
    with wave.open(str(sound)) as file:
        assert file.getnframes() == 5 * (1024 + 2000)
    picture = tmp_path / "a.png"
    before = picture.read_bytes()
    sound.unlink()
    done = scratchgan("sample", out, "-n", 5, "--out", sound)
    assert done.returncode == 2
    assert "a.png exists; choose another file" in done.stderr
    assert not sound.exists()
    assert picture.read_bytes() == before
    done = scratchgan("sample", out, "--out", tmp_path / "b.png")
    assert done.returncode == 2
    assert "expected a .wav or .npy file" in done.stderr
    done = scratchgan("sample", out, "-n", 3, "--out", tmp_path / "c.npy")
    array = np.load(tmp_path / "c.npy")
    assert array.shape == (3, 1024, 1)
    assert np.abs(array).max() < 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "tones"], "expected 16000 Hz, received 8000 Hz in "),
        (["--data", "tones", "--set", "length=1000"], "expected at least 1024"),
        (["--data", "tones", "--set", "length=1500"], "expected a multiple of 1024"),
        (["--data", "tones", "--set", "rate=8000"], "batch_size: expected 1 to 10"),
        (["--data", "tons"], "tons: no such folder"),
        (["--data", "sc09"], "sc09: expected its recordings in $SCRATCHGAN_DATA/sc09"),
        (
            ["--data", "tones", "--set", "rate=8000", "--set", "placement=end"],
            "placement: expected one of start, random, received 'end'",
        ),
    ],
)
def test_bad_input_is_one_line(arguments, words, tmp_path, monkeypatch):
    monkeypatch.delenv("SCRATCHGAN_DATA", raising=False)
    tones(tmp_path / "tones")
    done = scratchgan("train", "wavegan", *arguments, "--out", "run", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (tmp_path / "run").exists()
