import gzip
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from scratchgan.data import load_text, one_hot
from scratchgan.data.text import (
    REST,
    TEXTS,
    alphabet_of,
    find_text,
    one_line,
    read_text,
)

LOCAL = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))
#: Sixteen characters, one of them once in 480.
VERSE = "the cat sat on a mat, and a rat sat on that cat. " * 10 + "Q"


def text_file(path, content=VERSE):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


@pytest.fixture
def verse(tmp_path):
    return load_text(text_file(tmp_path / "verse.txt"), 12, 100)


def test_the_alphabet_has_the_most_frequent_first_and_one_symbol_for_the_rest():
    text = "aaaa bbb cc dd e"
    assert alphabet_of(text, 5) == " abc" + REST  # a space is as frequent as an a
    assert alphabet_of(text, 100) == " abcde" + REST
    assert alphabet_of(text + 9 * REST, 3) == " a" + REST


def test_white_space_of_every_kind_becomes_one_space():
    assert one_line(" a\r\n\r\nb\t \u00a0c\u2028d\x0ce\n") == "a b c d e"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "mark"])
def test_files_packed_or_marked_are_one_text(tmp_path, pack, mark):
    path = tmp_path / "text.txt"
    path.write_bytes(pack(mark + "naïve – ünicode".encode()))
    assert read_text(path) == "naïve – ünicode"


def test_the_last_tenth_is_held_out_and_gives_no_letter(verse):
    text = one_line(VERSE)
    assert len(verse.held_out) == len(text) // 10
    assert len(verse.symbols) + len(verse.held_out) == len(text)
    assert "Q" not in verse.alphabet
    spelt = "".join(verse.alphabet[i] for i in [*verse.symbols, *verse.held_out])
    assert spelt == text.replace("Q", REST)


def test_samples_are_one_hot_windows_of_the_training_part(verse):
    x = verse.batch(3, 0, 50)
    assert x.shape == (50, *verse.shape) == (50, 12, len(verse.alphabet))
    assert x.dtype == np.float32
    assert set(np.unique(x)) == {0, 1}
    np.testing.assert_array_equal(x.sum(-1), 1)
    training = one_line(VERSE)[: len(verse.symbols)]
    assert all(line in training for line in verse.decode(x))


def test_encoding_and_decoding_are_inverses(verse):
    windows = verse.windows(0, 0, 20)
    x = one_hot(windows, len(verse.alphabet))
    np.testing.assert_array_equal(x.argmax(-1), windows)
    lines = ["".join(verse.alphabet[i] for i in row) for row in windows]
    assert verse.decode(x) == lines
    assert verse.decode(0.7 * x + 0.3 / x.shape[-1]) == lines  # the most probable


def test_every_place_is_drawn_alike(tmp_path):
    """Starts are uniform: χ² of their counts is near its degrees of freedom."""
    letters = np.random.default_rng(0).integers(33, 127, 200).astype(np.uint8).tobytes()
    data = load_text(text_file(tmp_path / "letters.txt", letters), 12, 100)
    text = "".join(data.alphabet[i] for i in data.symbols)
    places = len(text) - 12 + 1
    seen = Counter(data.decode(data.batch(1, 0, 20_000)))
    # no window is there twice; the first and the last are drawn
    assert set(seen) == {text[i : i + 12] for i in range(places)}
    assert len(seen) == places
    each = 20_000 / places
    chi, degrees = sum((n - each) ** 2 / each for n in seen.values()), places - 1
    assert abs(chi - degrees) < 5 * np.sqrt(2 * degrees)


def test_batches_are_functions_of_seed_and_index(verse):
    again = load_text(verse.name, 12, 100)
    np.testing.assert_array_equal(verse.batch(1, 5, 4), again.batch(1, 5, 4))
    assert not np.array_equal(verse.batch(1, 5, 4), verse.batch(1, 6, 4))
    assert not np.array_equal(verse.batch(1, 5, 4), verse.batch(2, 5, 4))


def test_the_digest_knows_texts_and_alphabets(verse, tmp_path):
    assert load_text(verse.name, 12, 100).digest == verse.digest
    assert load_text(verse.name, 12, 5).digest != verse.digest
    other = text_file(tmp_path / "other.txt", VERSE.replace("mat", "map", 1))
    assert load_text(other, 12, 100).digest != verse.digest
    caps = load_text(text_file(tmp_path / "a.txt", VERSE.replace("t", "T")), 12, 100)
    np.testing.assert_array_equal(caps.symbols, verse.symbols)
    assert caps.digest != verse.digest  # the same symbols, another alphabet


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.txt: the file is empty"),
        (b" \n" * 400, "at least 120 characters, .* received 0"),
        (b"x" * 119, "at least 120 characters, .* window of 12, received 119"),
        (b"ab\xff" + b"x" * 300, r"not UTF-8: invalid start byte at byte 2 \(0xff\)"),
        (b"\xef\xbb\xbfab\xc3(", r"not UTF-8: .* at byte 5 \(0xc3\)"),
        (gzip.compress(b"x" * 5000)[:-9], "damaged or truncated gzip"),
    ],
    ids=["empty", "blank", "too short", "not UTF-8", "cut character", "cut gzip"],
)
def test_text_that_cannot_be_used_is_one_clear_line(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as caught:
        load_text(text_file(tmp_path / "bad.txt", content), 12, 100)
    assert "\n" not in str(caught.value)


def test_the_shortest_text_has_windows(tmp_path):
    data = load_text(text_file(tmp_path / "short.txt", b"x" * 120), 12, 100)
    assert len(data.held_out) == 12
    assert data.decode(data.batch(0, 0, 1)) == ["x" * 12]


def test_names_and_paths_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match="'tinyshakespear'; did you mean 'tinyshake"):
        find_text("tinyshakespear")
    with pytest.raises(FileNotFoundError, match=r"nothing\.txt: no such file"):
        find_text("nothing.txt")
    with pytest.raises(ValueError, match="expected a text file, received a folder"):
        find_text(str(tmp_path))


def test_a_named_text_is_read_below_the_data_folder(tmp_path, monkeypatch):
    (tmp_path / "text").mkdir()
    text_file(tmp_path / "text" / "names.txt", "ada\ngrace\n" * 50)
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    data = load_text("names", 6, 10)
    assert set(data.alphabet) == set("acdegr " + REST)


@pytest.mark.skipif(not (LOCAL / "text").is_dir(), reason="needs SCRATCHGAN_DATA")
@pytest.mark.parametrize(
    ("name", "characters"),
    [("tinyshakespeare", 64), ("war-and-peace", 81), ("names", 27)],
)
def test_named_texts_are_what_their_checksums_say(name, characters):
    import hashlib

    _, source = TEXTS[name]
    digest = hashlib.sha256(find_text(name).read_bytes()).hexdigest()
    assert f"sha256:{digest}" == source.checksum
    data = load_text(name, 32, 2048)
    assert len(data.alphabet) == characters + 1
    assert "\N{BYTE ORDER MARK}" not in data.alphabet
