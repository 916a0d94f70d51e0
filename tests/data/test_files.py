import numpy as np
import pytest
from PIL import Image

from scratchgan.data import load
from scratchgan.data.files import read_path

GREY = np.arange(60, dtype=np.uint8).reshape(3, 5, 4)
COLOUR = np.arange(180, dtype=np.uint8).reshape(3, 5, 4, 3)


def test_npy_and_npz_with_a_channel_axis(tmp_path):
    np.save(tmp_path / "a.npy", GREY)
    np.savez(tmp_path / "b.npz", images=GREY, labels=np.zeros(3))
    np.savez_compressed(tmp_path / "c.npz", anything=COLOUR)
    np.testing.assert_array_equal(read_path(tmp_path / "a.npy"), GREY[..., None])
    np.testing.assert_array_equal(read_path(tmp_path / "b.npz"), GREY[..., None])
    np.testing.assert_array_equal(read_path(tmp_path / "c.npz"), COLOUR)


def test_floats_are_taken_as_they_are(tmp_path):
    points = np.random.default_rng(0).normal(size=(10, 2))
    np.save(tmp_path / "points.npy", points)
    data = load(str(tmp_path / "points.npy"), value_range=(-1, 1))
    batch = data.batch(0, 0, 10)
    assert data.shape == (2,)
    assert batch.dtype == np.float32
    expected = np.sort(points.astype(np.float32), axis=0)
    np.testing.assert_array_equal(np.sort(batch, axis=0), expected)


def write_images(folder, **images):
    folder.mkdir()
    for name, pixels in images.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def test_a_folder_of_images_in_the_order_of_names(tmp_path):
    folder = write_images(tmp_path / "grey", b=GREY[1], a=GREY[0], c=GREY[2])
    (folder / "notes.txt").write_text("not an image")
    np.testing.assert_array_equal(read_path(folder), GREY[..., None])
    folder = write_images(tmp_path / "colour", a=COLOUR[0], b=COLOUR[1])
    np.testing.assert_array_equal(read_path(folder), COLOUR[:2])


def test_mixed_sizes_and_depths_are_named(tmp_path):
    folder = write_images(tmp_path / "sizes", a=GREY[0], b=GREY[0, :4])
    with pytest.raises(ValueError, match=r"a\.png is 4×5 grey, b\.png is 4×4 grey"):
        read_path(folder)
    folder = write_images(tmp_path / "depths", a=GREY[0], b=COLOUR[0])
    with pytest.raises(ValueError, match=r"a\.png is 4×5 grey, b\.png is 4×5 colour"):
        read_path(folder)


def test_sixteen_bits_are_refused(tmp_path):
    folder = write_images(tmp_path / "deep", a=GREY[0].astype(np.uint16))
    with pytest.raises(
        ValueError, match=r"a\.png: not a readable image \(expected 8 bits"
    ):
        read_path(folder)


def test_empty_missing_and_damaged(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match="no images"):
        read_path(tmp_path / "folder")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        read_path(tmp_path / "nothing.npy")
    (tmp_path / "empty.npy").touch()
    with pytest.raises(ValueError, match="empty"):
        read_path(tmp_path / "empty.npy")
    (tmp_path / "folder" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n half of it")
    with pytest.raises(ValueError, match=r"a\.png: not a readable image"):
        read_path(tmp_path / "folder")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_every_truncation_is_one_clear_line(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    np.save(path, GREY) if suffix == ".npy" else np.savez(path, x=GREY)
    content = path.read_bytes()
    for length in range(1, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=str(path)) as caught:
            read_path(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        (
            np.zeros((2, 3), np.int64),
            TypeError,
            "expected uint8 or floats, received int64",
        ),
        (np.zeros((2, 3), np.uint8), ValueError, r"received \(2, 3\)"),
        (np.zeros((0, 3, 3), np.uint8), ValueError, r"received \(0, 3, 3\)"),
        (np.zeros(3), ValueError, r"received \(3,\)"),
        (
            np.array([[0.0, np.nan], [1, 1]]),
            ValueError,
            "1 of 2 samples, first in number 0",
        ),
        (np.array([[0.0, 1], [1e300, 1]]), ValueError, "first in number 1"),
    ],
)
def test_arrays_that_are_no_samples(tmp_path, array, error, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(error, match=message):
        load(str(tmp_path / "a.npy"))


def test_pickles_are_never_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="not a readable array"):
        read_path(tmp_path / "a.npy")


def test_several_arrays_without_a_known_name_are_listed(tmp_path):
    np.savez(tmp_path / "a.npz", first=GREY, second=GREY)
    with pytest.raises(ValueError, match="received first, second"):
        read_path(tmp_path / "a.npz")
