"""Winograd's convolution is the plain one, in float32 to a stated error."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import conv, winograd
from scratchgan.kernels.conv import Geometry

side = st.tuples(st.integers(0, 3), st.integers(0, 3))


def plain(padding):
    return Geometry((3, 3), (1, 1), padding, (1, 1))


@given(
    st.tuples(st.integers(1, 11), st.integers(1, 11)),
    st.tuples(side, side),
    st.integers(1, 3),
    st.integers(1, 3),
)
@settings(max_examples=80, deadline=None)
def test_it_is_the_same_function_in_float64(size, padding, c, o):
    """`conv` leaves float64 to the plain sum, so that the two can be compared there."""
    rng = np.random.default_rng(0)
    geometry = plain(padding)
    out = geometry.output_size(size)
    if min(out) < 1:
        reject()
    x, W = rng.normal(size=(2, *size, c)), rng.normal(size=(3, 3, c, o))
    dy = rng.normal(size=(2, *out, o))
    y = winograd.fprop(x, W, padding)
    np.testing.assert_allclose(y, conv.fprop(x, W, geometry), rtol=0, atol=1e-12)
    dW = winograd.wgrad(x, dy, padding)
    np.testing.assert_allclose(dW, conv.wgrad(x, dy, geometry), rtol=0, atol=1e-11)


def problem(dtype, n=4, size=16, c=64, o=32):
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(n, size, size, c)), rng.normal(size=(3, 3, c, o))
    dy = rng.normal(size=(n, size, size, o))
    return [a.astype(dtype) for a in (x, W, dy)]


def error(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)


def test_float32_goes_through_it_with_the_stated_error():
    geometry = plain(((1, 1), (1, 1)))
    x, W, dy = problem(np.float32)
    assert winograd.pays(x, W.shape[2:], geometry.padding)
    exact = [a.astype(np.float64) for a in (x, W, dy)]
    for name, arguments in (("fprop", (0, 1)), ("wgrad", (0, 2))):
        found = getattr(conv, name)(
            *(problem(np.float32)[i] for i in arguments), geometry
        )
        by_sum = getattr(conv, name)(*(exact[i] for i in arguments), geometry)
        assert found.dtype == np.float32
        assert 1e-7 < error(found, by_sum) < 4e-6
    dx = conv.dgrad(dy, W, geometry, (16, 16))
    assert error(dx, conv.dgrad(exact[2], exact[1], geometry, (16, 16))) < 4e-6


@pytest.mark.parametrize(
    ("n", "size", "c", "o", "dtype", "pays"),
    [
        (4, 16, 64, 32, np.float32, True),
        (4, 16, 64, 32, np.float64, False),  # gradient checks
        (4, 16, 64, 32, np.float16, False),
        (4, 16, 3, 32, np.float32, False),  # an image
        (4, 16, 32, 3, np.float32, False),
        (1, 8, 64, 64, np.float32, False),  # four tiles
        (0, 8, 64, 64, np.float32, False),
    ],
)
def test_it_is_used_where_it_pays(n, size, c, o, dtype, pays):
    x = np.zeros((n, size, size, c), dtype)
    assert winograd.pays(x, (c, o), ((1, 1), (1, 1))) == pays


def test_strides_dilation_and_groups_are_left_to_the_plain_sum(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("winograd was used")

    monkeypatch.setattr(winograd, "fprop", refuse)
    x = problem(np.float32)[0]
    for kernel, stride, dilation, groups in (
        ((3, 3), (2, 1), (1, 1), 1),
        ((3, 3), (1, 1), (2, 1), 1),
        ((3, 3), (1, 1), (1, 1), 2),
        ((3, 1), (1, 1), (1, 1), 1),
    ):
        geometry = Geometry(kernel, stride, ((1, 1), (1, 1)), dilation, groups)
        conv.fprop(x, np.zeros((*kernel, 64 // groups, 32), np.float32), geometry)
    with pytest.raises(AssertionError, match="winograd was used"):
        conv.fprop(x, np.zeros((3, 3, 64, 32), np.float32), plain(((1, 1), (1, 1))))
