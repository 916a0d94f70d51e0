"""The ORL archive, read; and images made smaller squares."""

import os
import zipfile

import numpy as np
import pytest

from scratchgan.data import load
from scratchgan.data.orl_faces import parse_pgm, read_archive, read_orl_faces
from scratchgan.data.squares import squares

RNG = np.random.default_rng(0)


def pgm(image):
    height, width = image.shape
    return b"P5\n%d %d\n255\n" % (width, height) + image.tobytes()


def archive(path, faces):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in faces.items():
            file.writestr(name, content)
    return path


def face():
    return RNG.integers(0, 256, (6, 5), np.uint8)


def test_faces_come_person_by_person(tmp_path):
    faces = {f"orl_faces/s{p}/{i}.pgm": face() for p in (1, 2, 10) for i in (1, 2, 10)}
    contents = {name: pgm(image) for name, image in faces.items()}
    path = archive(tmp_path / "orl.zip", {"orl_faces/README": b"Olivetti", **contents})
    found = read_archive(path)
    assert found.samples.shape == (9, 6, 5, 1)
    np.testing.assert_array_equal(found.labels, [0, 0, 0, 1, 1, 1, 9, 9, 9])
    for image, expected in zip(found.samples[..., 0], faces.values(), strict=True):
        np.testing.assert_array_equal(image, expected)


def test_what_is_no_such_archive_is_said_in_a_line(tmp_path):
    other = tmp_path / "other.zip"
    other.write_bytes(b"not a zip")
    with pytest.raises(ValueError, match=r"other.zip: damaged or no zip"):
        read_archive(other)
    with pytest.raises(ValueError, match=r"expected images s1/1.pgm, … of one size"):
        read_archive(archive(tmp_path / "none.zip", {"a.txt": b""}))
    two = {"s1/1.pgm": pgm(face()), "s1/2.pgm": pgm(face().T.copy())}
    with pytest.raises(ValueError, match=r"2 of the sizes \[\(5, 6\), \(6, 5\)\]"):
        read_archive(archive(tmp_path / "two.zip", two))
    with pytest.raises(ValueError, match=r"a: expected 30 pixels, received 29"):
        parse_pgm(pgm(face())[:-1], "a")
    with pytest.raises(ValueError, match=r"a: expected a PGM of 8 bits .*P6"):
        parse_pgm(b"P6\n5 6\n255\n", "a")


def test_the_data_set_has_a_name(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    with pytest.raises(OSError, match="data: orl-faces: expected orl_faces"):
        load("orl-faces")
    (tmp_path / "orl_faces").mkdir()
    archive(tmp_path / "orl_faces" / "orl_faces.zip", {"s1/1.pgm": pgm(face())})
    assert load("orl-faces").shape == (6, 5, 1)


@pytest.mark.skipif(
    not os.path.isfile(f"{os.environ.get('SCRATCHGAN_DATA')}/orl_faces/orl_faces.zip"),
    reason="the faces are not here",
)
def test_the_real_archive():
    faces, people = read_orl_faces()
    assert faces.shape == (400, 112, 92, 1)
    assert people is not None
    np.testing.assert_array_equal(np.bincount(people), np.full(40, 10))


def test_squares_are_means_of_the_middle():
    x = RNG.integers(0, 256, (2, 10, 6, 3), np.uint8)
    middle = x[:, 2:8].reshape(2, 3, 2, 3, 2, 3).mean(axis=(2, 4))
    np.testing.assert_array_equal(squares(x, 3), np.round(middle))
    np.testing.assert_array_equal(squares(x, 6), x[:, 2:8])
    constant = np.full((1, 7, 7, 1), 93, np.uint8)
    np.testing.assert_array_equal(squares(constant, 5), 93)


def test_a_pixel_takes_its_share_of_those_it_covers():
    """Three pixels become two: each is one and a half of them."""
    x = np.array([30, 60, 120], np.uint8) * np.ones((1, 3, 3), np.uint8)
    np.testing.assert_array_equal(squares(x[..., None], 2)[0, 0, :, 0], [40, 100])


def test_what_cannot_be_made_a_square_is_refused():
    with pytest.raises(ValueError, match="size: expected at most 6, the shorter side"):
        squares(np.zeros((1, 10, 6, 1), np.uint8), 8)
    with pytest.raises(ValueError, match=r"expected 8-bit images .* float32"):
        squares(np.zeros((1, 10, 6, 1), np.float32), 4)
