"""upfirdn2d against its description, step by step, over drawn rates and margins."""

import numpy as np
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels.resampling import Filter, along
from scratchgan.kernels.upfirdn2d import upfirdn2d


@st.composite
def problems(draw):
    """A filter on one to three axes, and an image that it fits."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    rng = np.random.default_rng(draw(st.integers(0, 99)))
    f = rng.normal(size=each(1, 3 if axes == 3 else 5))
    padding = tuple(zip(each(-4, 4), each(-4, 4), strict=True))
    how = Filter(f, each(1, 4), each(1, 4), padding)
    size = each(1, 4 if axes == 3 else 7)
    if min(how.output_size(size)) < 1:
        reject()
    return how, rng.normal(size=(2, *size, 2))


def spread(row, up, before, behind):
    """The numbers of a row with zeros between, then a margin or a cut on each side."""
    longer = np.zeros(up * len(row))
    for i, value in enumerate(row):
        longer[up * i] = value
    padded = [0.0] * max(0, before) + list(longer) + [0.0] * max(0, behind)
    return np.array(padded[max(0, -before) : len(padded) - max(0, -behind)])


def by_definition(x, how):
    """Spread every axis; then Σ f[k] z[m d + K − 1 − k] for every output and tap."""
    z = x
    for axis, (up, (p, q)) in enumerate(zip(how.up, how.padding, strict=True), 1):
        z = np.apply_along_axis(spread, axis, z, up, p, q)
    out = how.output_size(x.shape[1:-1])
    y = np.zeros((len(x), *out, x.shape[-1]))
    for m in np.ndindex(*out):
        for k in np.ndindex(*how.f.shape):
            axes = zip(m, how.down, how.f.shape, k, strict=True)
            place = tuple(i * d + size - 1 - tap for i, d, size, tap in axes)
            y[:, *m] += how.f[k] * z[:, *place]
    return y


@given(problems())
@settings(max_examples=150, deadline=None)
def test_it_is_spreading_padding_filtering_and_decimating(problem):
    how, x = problem
    np.testing.assert_allclose(upfirdn2d(x, how), by_definition(x, how), atol=1e-12)


@given(problems())
@settings(max_examples=150, deadline=None)
def test_the_adjoint_is_another_of_its_kind(problem):
    how, x = problem
    size = x.shape[1:-1]
    y = by_definition(x, how)
    dy = np.random.default_rng(0).normal(size=y.shape)
    back = how.adjoint(size)
    assert back.output_size(y.shape[1:-1]) == size
    dx = upfirdn2d(dy, back)
    np.testing.assert_allclose(np.vdot(dx, x), np.vdot(dy, y), atol=1e-11)
    # the adjoint's adjoint is the operation itself
    twice = back.adjoint(y.shape[1:-1])
    np.testing.assert_array_equal(twice.f, how.f)
    np.testing.assert_allclose(upfirdn2d(x, twice), y, atol=1e-12)


def test_it_convolves_rather_than_correlates():
    """An impulse leaves the filter as it is, not mirrored."""
    x = np.zeros((1, 5, 5, 1))
    x[0, 2, 2, 0] = 1
    f = np.arange(1.0, 10).reshape(3, 3)
    y = upfirdn2d(x, Filter(f, (1, 1), (1, 1), ((1, 1), (1, 1))))
    np.testing.assert_array_equal(y[0, 1:4, 1:4, 0], f)


def test_passes_along_the_axes_are_the_product_of_their_filters():
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    a, b = (1.0, 2.0, -1.0), (0.5, 3.0)
    passes = upfirdn2d(x, along(0, 2, a, 2, 1, (1, 2)))
    passes = upfirdn2d(passes, along(1, 2, b, 1, 3, (0, -1)))
    whole = Filter(np.outer(a, b), (2, 1), (1, 3), ((1, 2), (0, -1)))
    np.testing.assert_allclose(passes, upfirdn2d(x, whole), atol=1e-14)


def test_float16_accumulates_in_float32():
    """4096 ones: a sum in float16 would stop at 2048."""
    x = np.ones((1, 4096, 1), np.float16)
    y = upfirdn2d(x, along(0, 1, (1.0,) * 4096))
    assert y.dtype == np.float16
    assert y.item() == 4096
