"""Two sets without pairs, from every source that they can have."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scratchgan.data import load
from scratchgan.data.emoji import cut_sheet
from scratchgan.data.sides import read_set, read_side, read_unaligned, sides_of
from scratchgan.data.unaligned import Unaligned
from scratchgan.data.usps import parse_usps

LOCAL = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))
A = np.arange(7, dtype=np.uint8).repeat(16).reshape(7, 4, 4, 1)
B = A[:5] + 100
PAIR = Unaligned("two", A, B, size=4, value_range=(0, 255))


def seen(data, size, count):
    """Which image of each set is in which batch."""
    batches = [data.batch(0, i, size) for i in range(count)]
    return [np.array([x[side][:, 0, 0, 0] for x in batches]) for side in (0, 1)]


def test_each_set_goes_through_epochs_of_its_own():
    a, b = seen(PAIR, 1, 35)
    for epoch in a.reshape(5, 7):
        assert sorted(epoch) == list(range(7))
    for epoch in b.reshape(7, 5):
        assert sorted(epoch) == list(range(100, 105))
    assert PAIR.batch(0, 3, 2)[0].dtype == np.float32
    assert PAIR.shape == ((4, 4, 1), (4, 4, 1))
    assert len(PAIR) == 5


def test_sets_of_one_size_are_not_paired_by_their_order():
    data = Unaligned("two", A, A, size=4, value_range=(0, 255))
    a, b = seen(data, 7, 20)
    together = (a == b).mean()
    assert together < 0.35  # one in seven by chance, one if they were paired


def test_a_batch_is_a_function_of_seed_and_index():
    for side in (0, 1):
        x, again = (PAIR.batch(3, 4, 2)[side] for _ in range(2))
        np.testing.assert_array_equal(x, again)
    assert any(
        not np.array_equal(PAIR.batch(3, i, 2)[0], PAIR.batch(4, i, 2)[0])
        for i in range(3)
    )
    other = Unaligned("two", A, B + 1, size=4)
    assert PAIR.digest != other.digest


def test_crops_lie_inside_and_everywhere_and_half_are_mirrored():
    ramp = np.arange(36, dtype=np.uint8).reshape(1, 6, 6, 1)
    data = Unaligned("ramp", ramp, ramp, 4, flip=True, value_range=(0, 255))
    corners, mirrored = [], []
    for i in range(300):
        x = data.batch(0, i, 1)[0][0, :, :, 0]
        flipped = x[0, 0] > x[0, 1]
        x = x[:, ::-1] if flipped else x
        top, left = divmod(int(x[0, 0]), 6)
        np.testing.assert_array_equal(x, ramp[0, top : top + 4, left : left + 4, 0])
        corners.append((top, left))
        mirrored.append(flipped)
    assert set(corners) == {(i, j) for i in range(3) for j in range(3)}
    assert abs(np.mean(mirrored) - 0.5) < 4 * 0.5 / np.sqrt(300)


def test_what_does_not_fit_is_named():
    with pytest.raises(
        ValueError, match=r"two sets of one shape, received \(4, 4, 1\)"
    ):
        Unaligned("two", A, np.zeros((2, 4, 4, 3), np.uint8), 4)
    with pytest.raises(ValueError, match="size: expected 1 to 4"):
        Unaligned("two", A, B, 5)
    with pytest.raises(ValueError, match="batch_size: expected 1 to 5"):
        PAIR.batch(0, 0, 6)


def picture(path, side, value, mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (side, side + 2), value).save(path)


def test_folders_are_fitted_and_grey_becomes_colour(tmp_path):
    picture(tmp_path / "a" / "1.png", 10, 50)
    picture(tmp_path / "a" / "2.png", 20, 60)
    picture(tmp_path / "b" / "1.png", 9, (1, 2, 3), "RGB")
    data = read_unaligned(f"{tmp_path / 'a'},{tmp_path / 'b'}", 8, 8, False)
    assert data.a.shape == (2, 8, 8, 3)
    assert data.b.shape == (1, 8, 8, 3)
    assert set(data.a[0].ravel()) == {50}
    np.testing.assert_array_equal(data.b[0, 3, 3], [1, 2, 3])


def packed(folder):
    for i, part in enumerate(("trainA", "trainB", "testA", "testB")):
        for j in range(2):
            picture(folder / part / f"{j}.png", 8, 10 * i + j)


def test_one_folder_or_zip_holds_both_sets_and_what_is_held_out(tmp_path, monkeypatch):
    packed(tmp_path / "horse2zebra")
    archive = tmp_path / "both.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted((tmp_path / "horse2zebra").rglob("*.png")):
            file.write(path, path.relative_to(tmp_path))
        file.writestr("horse2zebra/trainA/readme.txt", "no image")
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    for source in (str(tmp_path / "horse2zebra"), str(archive), "horse2zebra"):
        data = read_unaligned(source, 8, 8, False)
        assert data.a[:, 0, 0, 0].tolist() == [0, 1]
        assert data.b[:, 0, 0, 0].tolist() == [10, 11]
        held_out = [read_side(source, side, "test", 8).images for side in (0, 1)]
        assert [h[:, 0, 0, 0].tolist() for h in held_out] == [[20, 21], [30, 31]]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("mnist", "expected two sets with a comma"),
        ("a,b,c", "expected two sets with a comma"),
        ("usps,", "expected two sets with a comma"),
        ("digits,nonsense", "unknown name 'nonsense'"),
        ("digits,./nothing.npy", "nothing.npy: no such file"),
        ("horse2zebra", "expected a folder with trainA and trainB"),
        ("digits,usps", "expected zip.train.gz"),
        ("digits,emoji-google", "expected emoji_google_64.png and index.csv"),
    ],
)
def test_bad_sources_are_one_line(source, words, monkeypatch):
    monkeypatch.delenv("SCRATCHGAN_DATA", raising=False)
    with pytest.raises((ValueError, OSError), match=words) as error:
        read_unaligned(source, 8, 8, False)
    assert "\n" not in str(error.value)


def test_arrays_of_floats_and_empty_zips_are_refused(tmp_path):
    np.save(tmp_path / "f.npy", np.zeros((2, 8, 8, 1)))
    with pytest.raises(TypeError, match="expected 8-bit images, received float32"):
        read_set(str(tmp_path / "f.npy"), "train", 8)
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as file:
        file.writestr("trainB/readme.txt", "")
    with pytest.raises(ValueError, match="no images in a folder called trainA"):
        read_unaligned(str(tmp_path / "e.zip"), 8, 8, False)
    (tmp_path / "d.zip").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="not a readable zip"):
        read_unaligned(str(tmp_path / "d.zip"), 8, 8, False)
    with pytest.raises(ValueError, match="load_size: expected at least size = 8"):
        read_unaligned("digits,digits", 8, 4, False)
    with pytest.raises(ValueError, match="digits: no held-out images are known"):
        read_set("digits", "test", 8)
    assert sides_of("a,b") == ("a", "b")


def usps_line(label, pixels):
    return " ".join(str(v) for v in (float(label), *pixels.ravel()))


def test_usps_lines_are_a_label_and_pixels_from_minus_one(tmp_path):
    import gzip

    pixels = np.linspace(-1, 1, 256)
    lines = [usps_line(7, pixels), usps_line(0, -pixels)]
    (tmp_path / "u.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    found = parse_usps(tmp_path / "u.gz")
    assert found.labels.tolist() == [7, 0]
    np.testing.assert_array_equal(found.samples[0].ravel(), np.arange(256))
    np.testing.assert_array_equal(found.samples[1].ravel(), np.arange(256)[::-1])
    bad = {
        "short": lines[0][:-5],
        "words": "no numbers here",
        "bright": usps_line(3, pixels * 2),
        "half": usps_line(2.5, pixels),
        "nan": usps_line(1, pixels * np.nan),
    }
    for name, text in bad.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        with pytest.raises(ValueError, match=f"{name}.gz: "):
            parse_usps(tmp_path / f"{name}.gz")
    (tmp_path / "damaged.gz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="not readable as USPS digits"):
        parse_usps(tmp_path / "damaged.gz")


def test_emoji_are_cut_row_by_row_and_every_fifth_is_held_out(tmp_path, monkeypatch):
    tiles = np.arange(12, dtype=np.uint8).repeat(64 * 64 * 3).reshape(3, 4, 64, 64, 3)
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in tiles])
    np.testing.assert_array_equal(cut_sheet(sheet, "x"), tiles)
    with pytest.raises(ValueError, match="x: expected tiles of 64"):
        cut_sheet(sheet[:-1], "x")
    folder = tmp_path / "emoji"
    folder.mkdir()
    for style, plus in (("twitter", 0), ("google", 100)):
        Image.fromarray(sheet + np.uint8(plus)).save(folder / f"emoji_{style}_64.png")
    rows = "\n".join(f"{i},{i // 4},{i % 4},x,y" for i in range(11))
    (folder / "index.csv").write_text(f"index,row,col,codepoint_file,name\n{rows}\n")
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    a = read_set("emoji-twitter", "test", 64).images[:, 0, 0, 0]
    b = read_set("emoji-google", "test", 64).images[:, 0, 0, 0]
    assert a.tolist() == [4, 9]
    assert b.tolist() == [104, 109]
    trained = load("emoji-twitter").samples[:, 0, 0, 0]
    assert trained.tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 10]
    (folder / "index.csv").write_text("index,row,col\n0,3,0\n")
    with pytest.raises(ValueError, match=r"smaller than index\.csv says"):
        read_set("emoji-google", "test", 64)


@pytest.mark.skipif(not (LOCAL / "usps").is_dir(), reason="needs SCRATCHGAN_DATA")
def test_usps_has_the_published_counts():
    for part, total, fours in (("train", 7291, 652), ("test", 2007, 200)):
        found = read_set("usps", part, 16)
        assert found.images.shape == (total, 16, 16, 1)
        assert (found.labels == 4).sum() == fours


@pytest.mark.skipif(not (LOCAL / "emoji").is_dir(), reason="needs SCRATCHGAN_DATA")
def test_emoji_are_1911_pairs():
    parts = [read_set(f"emoji-{s}", p, 64).images for s in ("twitter", "google")
             for p in ("train", "test")]  # fmt: skip
    assert [len(p) for p in parts] == [1529, 382, 1529, 382]


@pytest.mark.skipif(
    not (LOCAL / "horse2zebra").is_dir(), reason="needs SCRATCHGAN_DATA"
)
def test_horse2zebra_is_read_from_its_zip():
    found = [len(read_side("horse2zebra", side, "test", 16).images) for side in (0, 1)]
    assert found == [120, 140]


def test_a_file_in_memory_is_decoded_like_one_on_disk():
    from scratchgan.data.images import decode

    buffer = io.BytesIO()
    Image.new("L", (3, 2), 9).save(buffer, format="PNG")
    assert decode(io.BytesIO(buffer.getvalue()), "x").shape == (2, 3, 1)
    with pytest.raises(ValueError, match="x: not a readable image"):
        decode(io.BytesIO(b"none"), "x")


def test_a_margin_is_cut_off_before_images_are_fitted(tmp_path):
    """Of named sets, of arrays, and of files in folders and zips."""
    inside = np.zeros((2, 12, 12), np.uint8)
    inside[:, 2:-2, 2:-2] = 200
    np.save(tmp_path / "x.npy", inside)
    for part in ("trainA", "trainB"):
        (tmp_path / "both" / part).mkdir(parents=True)
        Image.fromarray(inside[0]).save(tmp_path / "both" / part / "1.png")
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as file:
        for path in sorted((tmp_path / "both").rglob("*.png")):
            file.write(path, path.relative_to(tmp_path))
    array = str(tmp_path / "x.npy")
    for source in (f"{array},{array}", tmp_path / "both", tmp_path / "both.zip"):
        data = read_unaligned(str(source), 8, 8, False, (2, 0))
        assert set(data.a.ravel()) == {200}
        assert data.b.min() == 0
    with pytest.raises(ValueError, match="margin: expected less than half of 12"):
        read_set(array, "train", 8, 6)
