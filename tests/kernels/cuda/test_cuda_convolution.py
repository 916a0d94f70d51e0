"""Convolutions put together from patches and products, against the sums on NumPy."""

import numpy as np
import pytest
from cuda_on_cpu import Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels import direct
from scratchgan.kernels.cuda import convolution, patches
from scratchgan.kernels.geometry import Geometry

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(patches.SOURCE)


@st.composite
def problems(draw):
    """A geometry of one or two axes, and sizes that it fits in."""
    axes, groups = draw(st.integers(1, 2)), draw(st.integers(1, 2))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, dilation = each(1, 3), each(1, 2)
    pads = tuple(zip(each(0, 2), each(0, 2), strict=True))
    geometry = Geometry(kernel, each(1, 3), pads, dilation, groups)
    size = tuple(e + draw(st.integers(0, 3)) for e in geometry.extent)
    channels = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    return geometry, size, channels, draw(st.integers(1, 3))


@given(problem=problems(), lot=st.sampled_from([1, 200, 1 << 20]))
@settings(max_examples=40, deadline=None)
def test_some_rows_of_patches_at_a_time(problem, lot):
    """However few they are: every row is used once, and every pixel is written."""
    geometry, size, (channels, features), images = problem
    rng, run = np.random.default_rng(0), Emulated()
    x = rng.normal(size=(images, *size, channels))
    W = rng.normal(size=(*geometry.kernel, channels // geometry.groups, features))
    y = direct.fprop(x, W, geometry)
    dy = rng.normal(size=y.shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "PATCHES", lot)
        found = (
            convolution.fprop(run, x, W, geometry),
            convolution.wgrad(run, x, dy, geometry),
            convolution.dgrad(run, dy, W, geometry, size),
        )
    expected = (
        y,
        direct.wgrad(x, dy, geometry),
        direct.dgrad(dy, W, geometry, size),
    )
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13 * max(1, np.abs(b).max()))


def test_float16_sums_of_lots_do_not_round_in_between(monkeypatch):
    """2,048 + 1 + … + 1 in float16 stays 2,048; in lots of one row, too."""
    monkeypatch.setattr(convolution, "PATCHES", 1)
    x = np.ones((64, 1, 1), np.float16)
    x[0] = 2048
    geometry = Geometry((1,), (1,), ((0, 0),), (1,))
    dW = convolution.wgrad(Emulated(), x, np.ones_like(x), geometry)
    assert dW.dtype == np.float16
    assert dW.item() == np.float16(2048 + 63)
