"""What `--score` prints, on sets that are made up."""

import gzip

import numpy as np
import pytest

from scratchgan.cli.score import Target, centred, paired, score_lines
from scratchgan.data.usps import TEST, TRAINING


def test_the_truth_itself_scores_best(tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (4, 16, 16, 3), np.uint8)
    noisy = np.where(rng.uniform(size=truth.shape) < 0.5, truth, 255 - truth)
    nearly = truth.copy()
    nearly[:, 0, 0] ^= 1
    lines = paired("x", "y", noisy, nearly, truth)
    assert lines[0] == "4 held-out images of x, against those of y:"
    before, after = (np.array(line.split()[1:], float) for line in lines[2:4])
    assert after[0] < 0.01 < before[0]
    assert after[1] > before[1]
    assert before[2] < 0.9 < after[2] <= 1
    words = lines[4].split()
    assert float(words[2]) == pytest.approx(after[2] - before[2], abs=2e-4)
    assert 0 < float(words[4]) < float(words[2])
    assert lines[4].endswith("by 100% of the images")
    assert paired("x", "y", truth, truth, truth)[4].endswith("by 0% of the images")


def test_pixels_are_centred_exactly():
    ends = centred(np.array([0, 255], np.uint8))
    np.testing.assert_array_equal(ends, np.array([-1, 1], np.float32))


@pytest.fixture
def halves(tmp_path, monkeypatch):
    """USPS digits of two kinds: ink above is 0, ink below is 1."""
    rng = np.random.default_rng(0)
    (tmp_path / "usps").mkdir()
    for file, count in ((TRAINING, 200), (TEST, 50)):
        lines = []
        for label in rng.integers(2, size=count):
            pixels = rng.uniform(-1, -0.8, (16, 16))
            pixels[8 * label : 8 * label + 8] += 1.5
            lines.append(" ".join(f"{v:.3f}" for v in (label, *pixels.ravel())))
        content = gzip.compress("\n".join(lines).encode())
        (tmp_path / "usps" / file).write_bytes(content)
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))


def test_a_translation_that_turns_images_over_loses_their_labels(halves, monkeypatch):
    from scratchgan.cli import score
    from scratchgan.data.sides import read_set

    quick = score.train_classifier
    monkeypatch.setattr(score, "train_classifier", lambda x, y: quick(x, y, steps=60))
    given = read_set("usps", "test", 16)
    over = given.images[:, ::-1]
    lines = score_lines(
        Target("usps,usps", 1, 16), "usps", given.images, over, given.labels
    )
    assert "right on 100.00% of the held-out ones" in lines[0]
    assert lines[1].split() == ["untranslated", "100.00%"]
    assert lines[2].split() == ["translated", "0.00%"]


def test_what_cannot_be_scored_is_named(halves):
    images, labels = np.zeros((2, 16, 16, 1), np.uint8), np.zeros(2, int)
    with pytest.raises(ValueError, match="expected INPUT mnist, what is translated"):
        score_lines(Target("usps,mnist", 0, 16), "usps", images, images, None)
    with pytest.raises(ValueError, match="expected sets with labels, or aligned ones"):
        score_lines(Target("usps,cifar10", 1, 16), "usps", images, images, labels)
