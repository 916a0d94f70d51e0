import io
import random
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from scratchgan.data import load
from scratchgan.data.files import read_path

GREY = np.arange(60, dtype=np.uint8).reshape(3, 5, 4)
COLOUR = np.arange(180, dtype=np.uint8).reshape(3, 5, 4, 3)
IMAGE = Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
PILLOW = {"jpg": "jpeg", "tif": "tiff"}


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


def deep_png(kind, channels):
    """A 2×2 PNG of 16 bits a channel, which Pillow cannot write in colour."""

    def chunk(name, content):
        checked = name + content
        check = struct.pack(">I", zlib.crc32(checked))
        return struct.pack(">I", len(content)) + checked + check

    header = struct.pack(">IIBBBBB", 2, 2, 16, kind, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes(4 * channels)) * 2)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def deep_tiff():
    """A 2×2 uncompressed RGB TIFF of 16 bits a channel."""
    entries = ((256, 1, 2), (257, 1, 2), (258, 3, 122), (259, 1, 1), (262, 1, 2),
               (273, 1, 128), (277, 1, 3), (278, 1, 2), (279, 1, 24))  # fmt: skip
    tags = b"".join(struct.pack("<HHIHH", t, 3, n, v, 0) for t, n, v in entries)
    start = b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + bytes(4)
    return start + struct.pack("<3H", 16, 16, 16) + bytes(24)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("rgb.png", deep_png(2, 3)),
        ("rgba.png", deep_png(6, 4)),
        ("grey-alpha.png", deep_png(4, 2)),
        ("rgb.tif", deep_tiff()),
        ("rgb.ppm", b"P6 2 2 65535\n" + bytes(24)),
        ("text.ppm", b"P3 1 1 65535\n1 2 3\n"),
    ],
)
def test_sixteen_bits_are_refused_in_colour_too(tmp_path, file, content):
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ValueError, match="expected 8 bits a channel, received 16-bit"):
        read_path(tmp_path)


def test_transparency_is_dropped_without_a_warning(tmp_path):
    image = Image.fromarray(COLOUR[0]).quantize(8)
    image.save(tmp_path / "a.png", transparency=bytes(range(8)))
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read_path(tmp_path), expected[None])


def damaged(content, count):
    """Copies of `content`, each cut short or with some bytes replaced, or both."""
    chance = random.Random(0)
    for i in range(count):
        copy = bytearray(content)
        if i % 2:
            copy = copy[: chance.randrange(1, len(copy))]
        for _ in range(chance.randrange(6)):
            copy[chance.randrange(len(copy))] = chance.randrange(256)
        yield bytes(copy)


def as_file(save):
    file = io.BytesIO()
    save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.npy", as_file(lambda file: np.save(file, GREY))),
        ("a.npz", as_file(lambda file: np.savez(file, x=GREY))),
        ("b.npz", as_file(lambda file: np.savez_compressed(file, x=GREY))),
        *(
            (f"a.{kind}", as_file(lambda f, k=kind: IMAGE.save(f, PILLOW.get(k, k))))
            for kind in ("png", "jpg", "gif", "tif", "webp", "ppm")
        ),
    ],
)
def test_damage_is_survived_or_one_clear_line(tmp_path, file, content):
    path = tmp_path / file
    source = path if path.suffix in (".npy", ".npz") else tmp_path
    messages = []
    for copy in damaged(content, 300):
        path.write_bytes(copy)
        try:
            load(str(source))
        except (ValueError, TypeError) as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all(str(tmp_path) in message for message in messages)
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 3)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2000000000000, 3, 3)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 3, 3)}",
        "{'descr': ((((",
    ],
)
def test_headers_that_lie(tmp_path, header):
    content = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header) + 1)
    (tmp_path / "a.npy").write_bytes(content + header.encode() + b"\nabcd")
    with pytest.raises(ValueError, match=r"a\.npy: not a readable array"):
        read_path(tmp_path / "a.npy")


def test_headers_of_python_2_are_read_without_a_warning(tmp_path):
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3L, 5L, 4L)}\n"
    content = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode()
    (tmp_path / "a.npy").write_bytes(content + GREY.tobytes())
    np.testing.assert_array_equal(read_path(tmp_path / "a.npy"), GREY[..., None])


def test_what_is_no_array_inside(tmp_path):
    np.savez(tmp_path / "archive.npz", x=GREY)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("x", "no array")
    for name in ("archive.npy", "text.npz"):
        with pytest.raises(ValueError, match=f"{name}: not a readable array"):
            read_path(tmp_path / name)


def test_suffixes_in_capitals(tmp_path):
    np.save(tmp_path / "a.npy", GREY)
    (tmp_path / "a.npy").rename(tmp_path / "a.NPY")
    np.testing.assert_array_equal(read_path(tmp_path / "a.NPY"), GREY[..., None])


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
