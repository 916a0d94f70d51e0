import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from scratchgan.data.idx import parse_idx, read_idx


def to_idx(array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


@given(arrays(np.uint8, array_shapes(max_dims=4, max_side=5)))
def test_what_is_written_is_read(array):
    np.testing.assert_array_equal(parse_idx(to_idx(array), "x"), array)


@given(st.binary(max_size=40))
def test_any_bytes_are_an_array_or_one_clear_line(content):
    message = ""
    try:
        assert parse_idx(content, "name").dtype == np.uint8
    except ValueError as error:
        message = str(error)
    assert not message or (message.startswith("name: ") and "\n" not in message)


def test_gzipped_or_not(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    for name, content in (("a", to_idx(array)), ("b.gz", gzip.compress(to_idx(array)))):
        (tmp_path / name).write_bytes(content)
        np.testing.assert_array_equal(read_idx(tmp_path / name), array)


DIGITS = to_idx(np.zeros((2, 3, 3), np.uint8))
HUGE = struct.pack(">4I", 0x803, 2**31, 2**31, 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\x89PNG", "expected an IDX file, received the bytes 89 50 4e 47"),
        (b"\0\0\x0d\x03" + DIGITS[4:], "received type 0x0d"),
        (b"\0\0\x08\x00", "0 axes"),
        (b"\0\0\x08\x46" + b"\0\0\0\1" * 70 + b"a", "70 axes"),
        # sizes whose product is 2⁶⁴, nought in 64 bits
        (HUGE, r"truncated: expected 18446744073709551616 values"),
        (struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 0), "no values"),
        (DIGITS[:9], "header alone takes 16 bytes"),
        (DIGITS[:-1], r"truncated: expected 18 values for \(2, 3, 3\), received 17"),
        (DIGITS + b"\0", "longer than its header says"),
        (gzip.compress(DIGITS, mtime=0)[:-9], "truncated gzip"),
        (b"\x1f\x8b" + b"\0" * 30, "damaged or truncated gzip"),
    ],
)
def test_damage_is_named(content, message, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
