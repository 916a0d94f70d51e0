"""`scratchgan features`: a file of weights, and what it says of bad input."""

import gzip
import re
import struct

import numpy as np
import pytest
from runs import one_line, scratchgan

from scratchgan.cli.train_features import train_features
from scratchgan.data import load
from scratchgan.metrics import load_digit_features
from scratchgan.metrics.digit_features import read_weights

TRAINING, TEST = 140, 50


def write_idx(path, values):
    header = struct.pack(f">I{values.ndim}I", 0x800 + values.ndim, *values.shape)
    path.write_bytes(gzip.compress(header + values.astype(np.uint8).tobytes()))


def write_mnist(folder, images, labels):
    """A set with the names of MNIST's files; its last images are the test images."""
    folder.mkdir(exist_ok=True)
    for part, chosen in (("train", slice(TRAINING)), ("t10k", slice(TRAINING, None))):
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images[chosen])
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels[chosen])


@pytest.fixture
def few(tmp_path, monkeypatch):
    """A few digits of MNIST as the whole of it."""
    data = load("digits")
    assert data.labels is not None
    count = TRAINING + TEST
    images, labels = data.samples[:count, ..., 0], data.labels[:count]
    write_mnist(tmp_path / "mnist", images, labels)
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    return images, labels


def test_a_training_leaves_one_file_that_says_how_it_was_made(few, tmp_path):
    lines: list[str] = []
    out = tmp_path / "one.safetensors"
    train_features("mnist", out, 3, lines.append)
    assert len(lines) == 11  # one an epoch, and the last
    assert re.match(r"step 1/10  training loss \d\.\d{4}  \d+ s", lines[0])
    network, info = load_digit_features(out), read_weights(out).info
    images, labels = few
    test = network.probabilities(images[TRAINING:, ..., None]).argmax(axis=1)
    accuracy = (test == labels[TRAINING:]).mean()
    assert info.pop("accuracy") == accuracy
    assert info == {
        "command": "scratchgan features train mnist --seed 3",
        "seed": 3,
        "epochs": 10,
        "training_images": TRAINING,
        "test_images": TEST,
        "data": "MNIST, CC BY-SA 3.0 as commonly stated",
    }
    assert lines[-1].startswith(f"{network.name}: {accuracy:.2%} of 50 test images rig")
    again = tmp_path / "again.safetensors"
    train_features("mnist", again, 3, lines.append)
    assert again.read_bytes() == out.read_bytes()
    other = tmp_path / "other.safetensors"
    train_features("mnist", other, 4, lines.append)
    assert load_digit_features(other).name != network.name
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"mnist", out.name, again.name, other.name}


def test_the_command_writes_where_it_stands(few, tmp_path):
    done = scratchgan("features", "train", "mnist", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("mnist-features.safetensors (0.95 MB)")
    before = (tmp_path / "mnist-features.safetensors").read_bytes()
    again = scratchgan("features", "train", "mnist", "--seed", 1, cwd=tmp_path)
    one_line(again, "--out: mnist-features.safetensors exists; choose another file")
    assert (tmp_path / "mnist-features.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cifar10"], ["SET: expected mnist, received 'cifar10'"]),
        (["mnist", "--out", "x.npz"], ["--out: expected a .safetensors file"]),
        (["mnist", "--out", "no/x.safetensors"], ["--out: no is not a folder"]),
        (["mnist", "--seed", "-1"], ["--seed", "greater than"]),
        ([], ["SET"]),
    ],
)
def test_bad_input_is_one_line(few, tmp_path, arguments, words):
    one_line(scratchgan("features", "train", *arguments, cwd=tmp_path), *words)
    assert [path.name for path in tmp_path.iterdir()] == ["mnist"]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((200, 20, 28)), np.zeros(200), r"mnist: expected images \(N, 28, 28"),
        (np.zeros((200, 28, 28)), np.full(200, 10), "labels from 0 to 9, received 140"),
        (np.zeros((200, 28, 28)), np.zeros(190), "expected 60 labels .* received 50"),
    ],
)
def test_sets_that_are_not_mnist_are_refused(
    tmp_path, monkeypatch, images, labels, message
):
    write_mnist(tmp_path / "mnist", images, labels)
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=message):
        train_features("mnist", tmp_path / "x.safetensors", 0, print)


def test_a_set_without_labels_is_refused(few, tmp_path):
    (tmp_path / "mnist" / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ValueError, match="mnist: expected labels beside the images"):
        train_features("mnist", tmp_path / "x.safetensors", 0, print)
