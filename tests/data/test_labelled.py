import numpy as np
import pytest

from scratchgan.data import ArrayDataset, Dequantized, LabelledDataset, load_array

IMAGES = np.arange(24, dtype=np.uint8).repeat(4).reshape(24, 2, 2, 1)
LABELS = np.arange(24) % 5


def labelled(labels=LABELS, classes=5):
    return LabelledDataset(ArrayDataset("some", IMAGES, labels=labels), classes)


def test_every_sample_keeps_its_label_in_every_batch():
    data = labelled()
    assert data.shape == ((2, 2, 1), ())
    assert len(data) == 24
    for index in range(9):
        x, labels = data.batch(3, index, 5)
        number = np.rint(x[:, 0, 0, 0] * 255).astype(int)
        np.testing.assert_array_equal(labels, LABELS[number])
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(x, data.data.batch(3, index, 5))


def test_the_digest_tells_labels_apart():
    assert labelled().digest == labelled().digest
    assert labelled().digest != labelled((LABELS + 1) % 5).digest
    assert labelled().digest != labelled().data.digest


def test_labels_are_required_and_in_range():
    with pytest.raises(ValueError, match="expected labelled samples, some has none"):
        labelled(None)
    with pytest.raises(ValueError, match="expected labels 0 to 3, received 0 to 4"):
        labelled(classes=4)


def test_embedded_digits_have_ten_labels():
    data = LabelledDataset(load_array("digits"), 10)
    _, labels = data.batch(0, 0, 1000)
    assert set(labels) == set(range(10))


def test_dequantized_pixels_fill_their_level_and_stay_in_range():
    data = Dequantized("some", np.arange(256, dtype=np.uint8)[:, None])
    x = data.batch(0, 0, 256)
    y = data.batch(0, 1, 256)
    assert x.dtype == np.float32
    assert -1 <= x.min() < x.max() < 1
    level = np.sort(np.floor((x + 1) * 128).ravel())
    np.testing.assert_array_equal(level, np.arange(256))
    within = (x + 1) * 128 % 1
    assert within.std() == pytest.approx(12**-0.5, rel=0.2)
    assert not np.array_equal(np.sort(x, axis=0), np.sort(y, axis=0))
    np.testing.assert_array_equal(x, data.batch(0, 0, 256))
    with pytest.raises(TypeError, match=r"expected pixels \(uint8\), some has float32"):
        Dequantized("some", np.zeros((3, 2), np.float32))
