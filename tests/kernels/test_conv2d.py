"""The three convolution primitives against their equations, over drawn geometries."""

import numpy as np
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import conv2d
from scratchgan.kernels.conv2d import Geometry

sides = st.tuples(st.integers(0, 3), st.integers(0, 3))
geometries = st.builds(
    Geometry,
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(sides, sides),
)
sizes = st.tuples(st.integers(1, 7), st.integers(1, 7))
channels = st.tuples(st.integers(1, 3), st.sampled_from([1, 2, 5, 13]))


def arrays(geometry, size, channels, batch=2):
    rng = np.random.default_rng(0)
    out = geometry.output_size(size)
    if min(out) < 1:
        reject()
    x = rng.normal(size=(batch, *size, channels[0]))
    W = rng.normal(size=(*geometry.kernel, *channels))
    dy = rng.normal(size=(batch, *out, channels[1]))
    return x, W, dy


def by_definition(x, W, geometry):
    """y[n,i,j,o] = Σ x[n, s·i + a − p, s·j + b − p, c] W[a,b,c,o], tap by tap."""
    (kh, kw), (sh, sw), padding = geometry
    oh, ow = geometry.output_size(x.shape[1:3])
    padded = np.pad(x, ((0, 0), *padding, (0, 0)))
    y = np.zeros((len(x), oh, ow, W.shape[-1]))
    for a in range(kh):
        for b in range(kw):
            seen = padded[:, a : a + sh * oh : sh, b : b + sw * ow : sw][:, :oh, :ow]
            y += seen @ W[a, b]
    return y


@given(geometries, sizes, channels)
@settings(max_examples=150, deadline=None)
def test_fprop_is_the_defining_sum(geometry, size, channels):
    x, W, _ = arrays(geometry, size, channels)
    expected = by_definition(x, W, geometry)
    np.testing.assert_allclose(conv2d.fprop(x, W, geometry), expected, atol=1e-12)


@given(geometries, sizes, channels)
@settings(max_examples=150, deadline=None)
def test_dgrad_gathering_and_scattering_are_the_adjoint_in_x(geometry, size, channels):
    x, W, dy = arrays(geometry, size, channels)
    expected = np.vdot(by_definition(x, W, geometry), dy)
    for dgrad in (conv2d._dgrad_gather, conv2d._dgrad_scatter, conv2d.dgrad):
        dx = dgrad(dy, W, geometry, size)
        assert dx.shape == x.shape
        np.testing.assert_allclose(np.vdot(x, dx), expected, rtol=1e-11, atol=1e-10)


@given(geometries, sizes, channels)
@settings(max_examples=100, deadline=None)
def test_gathering_equals_scattering(geometry, size, channels):
    _, W, dy = arrays(geometry, size, channels)
    np.testing.assert_allclose(
        conv2d._dgrad_gather(dy, W, geometry, size),
        conv2d._dgrad_scatter(dy, W, geometry, size),
        atol=1e-12,
    )


@given(geometries, sizes, channels)
@settings(max_examples=150, deadline=None)
def test_wgrad_is_the_adjoint_in_the_weights(geometry, size, channels):
    x, W, dy = arrays(geometry, size, channels)
    dW = conv2d.wgrad(x, dy, geometry)
    assert dW.shape == W.shape
    expected = np.vdot(by_definition(x, W, geometry), dy)
    np.testing.assert_allclose(np.vdot(W, dW), expected, rtol=1e-11, atol=1e-10)


def test_no_samples_are_no_trouble():
    geometry = Geometry((3, 3), (2, 2), ((1, 1), (1, 1)))
    x, W, dy = arrays(geometry, (5, 4), (2, 3), batch=0)
    assert conv2d.fprop(x, W, geometry).shape == dy.shape
    assert conv2d.dgrad(dy, W, geometry, (5, 4)).shape == x.shape
    assert not conv2d.wgrad(x, dy, geometry).any()
