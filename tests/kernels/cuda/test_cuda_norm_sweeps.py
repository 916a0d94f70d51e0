"""Sweeps of normalisations on emulated threads against the layers'."""

import numpy as np
import pytest
from cuda_aligned import Aligned
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan import layers
from scratchgan.kernels.cuda import channels_last, norm_sweeps, norms
from scratchgan.layers.standardize import Standardized, project, project_tangent

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

#: x (N, H, W, D), with one and several blocks, lanes and parts.
SHAPES = [
    *((1, 1, 1, 1), (3, 1, 1, 40), (2, 2, 2, 70), (9, 9, 8, 3), (300, 1, 1, 2)),
    *((1, 33, 63, 4), (5, 3, 3, 8), (600, 1, 2, 1)),
]
DTYPES = ["float16", "float32", "float64"]
#: Axes whose numbers share a statistic.
AXES = {"batch": (0, 1, 2), "instance": (1, 2), "layer": (1, 2, 3)}
EPS = 1e-5
#: Roundings that may add up: a chain of additions, and the few that follow it.
CHAIN = 16


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    for source in (norms.SOURCE, norm_sweeps.SOURCE, "reductions"):
        compiled(source)


class Swept:
    """All sweeps of one norm, by the kernels."""

    def __init__(self, run, x, kind, gamma, dy, tx, tdy):
        groups, channels = (1 if kind == "batch" else len(x)), x.shape[-1]
        s = norms.moments(run, x, groups, 1 if kind == "layer" else channels, EPS)
        _, self.h = norms.normalize(run, x, s, gamma, None)
        self.r = s.r
        norm = norm_sweeps.Norm(self.h, s.r, gamma)
        self.dx, sums = norm_sweeps.backward(run, norm, dy)
        self.ty, self.th, tsums = norm_sweeps.jvp(run, norm, tx)
        self.tdx, moved = norm_sweeps.backward_jvp(
            run, norm, dy, sums, self.th, tsums, tdy
        )
        if gamma is not None:
            self.dgamma, self.dbeta = norm_sweeps.gradient(run, sums, x.dtype)
            self.tdgamma, self.tdbeta = norm_sweeps.gradient(run, moved, x.dtype)


def within(found, exact, size):
    """Equal but for CHAIN roundings in the wide type and one in the array's.

    `size` is the sum of the absolute values of all that is added.
    """
    eps = float(np.finfo(channels_last.wide(found.dtype)).eps)
    limit = CHAIN * eps * size + float(np.finfo(found.dtype).eps) / 2 * np.abs(exact)
    limit += float(np.finfo(found.dtype).smallest_subnormal)
    assert np.all(np.abs(found - exact) <= limit)


def check(run, x, kind, gamma, dy, tx, tdy):
    """Each sweep against the twin in long double, given what the kernels kept."""
    swept, axes = Swept(run, x, kind, gamma, dy, tx, tdy), AXES[kind]
    found = {name: value.dtype for name, value in vars(swept).items() if name != "r"}
    assert set(found.values()) == {x.dtype}
    dy, tx, h, th = (a.astype(np.longdouble) for a in (dy, tx, swept.h, swept.th))
    r = swept.r.astype(np.longdouble)
    r = r.reshape(len(r), *(1,) * (x.ndim - 2), -1)
    s = Standardized(h, r)
    gain = np.longdouble(1) if gamma is None else gamma.astype(np.longdouble)
    u = gain * dy

    def mean(*factors):
        return np.abs(np.prod(factors, axis=0)).mean(axes, keepdims=True)

    def largest(u):
        """What `project` adds up, in absolute value."""
        return r * (np.abs(u) + mean(u) + np.abs(h) * mean(h, u))

    within(swept.dx, project(s, u, axes), largest(u))
    within(swept.th, project(s, tx, axes), largest(tx))
    within(swept.ty, gain * project(s, tx, axes), np.abs(gain) * largest(tx))
    exact = project_tangent(s, u, tx, th, axes)
    total = r * mean(h, tx) * largest(u)
    total += r * (np.abs(h) * mean(th, u) + np.abs(th) * mean(h, u))
    if tdy is not None:
        tdy = tdy.astype(np.longdouble)
        exact = exact + project(s, gain * tdy, axes)
        total += largest(gain * tdy)
    within(swept.tdx, exact, total)
    if gamma is not None:
        check_gradient(swept, h, th, dy, tdy)


def check_gradient(swept, h, th, dy, tdy):
    over = (0, 1, 2)
    tdy = np.zeros_like(dy) if tdy is None else tdy
    for found, *terms in (
        (swept.dbeta, dy),
        (swept.dgamma, h * dy),
        (swept.tdbeta, tdy),
        (swept.tdgamma, th * dy, h * tdy),
    ):
        size = sum(np.abs(t).sum(over) for t in terms)
        within(found, sum(t.sum(over) for t in terms), size)


def drawn(rng, shape, dtype, offset=0):
    """Numbers that may start off the 16 bytes."""
    size = int(np.prod(shape))
    x = np.empty(size + offset, dtype)[offset:].reshape(shape)
    x[...] = 0.5 + rng.normal(size=shape)
    return x


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", AXES)
@pytest.mark.parametrize("shape", SHAPES)
def test_sweeps_of_one_and_of_many_blocks(shape, kind, dtype, order):
    rng = np.random.default_rng(3)
    x, dy, tx, tdy = (drawn(rng, shape, dtype) for _ in range(4))
    gamma = drawn(rng, shape[-1:], dtype)
    check(Emulated(order), x, kind, gamma, dy, tx, tdy)


@given(
    shape=st.tuples(*[st.integers(1, n) for n in (5, 6, 6, 50)]),
    kind=st.sampled_from(sorted(AXES)),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
    affine=st.booleans(),
    moving=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_sweeps_of_any_shape_and_start(
    shape, kind, dtype, seed, offset, affine, moving
):
    rng = np.random.default_rng(seed)
    x, dy, tx, tdy = (drawn(rng, shape, dtype, offset) for _ in range(4))
    gamma = drawn(rng, shape[-1:], dtype, offset) if affine else None
    check(Emulated(), x, kind, gamma, dy, tx, tdy if moving else None)


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("kind", AXES)
def test_all_five_verbs_are_the_layers(kind, affine, moving):
    """In float64, from the input on, with the layers' own parameters."""
    made = {
        "batch": layers.BatchNorm(eps=EPS, affine=affine),
        "instance": layers.InstanceNorm(eps=EPS, affine=affine),
        "layer": layers.LayerNorm(eps=EPS, affine=affine),
    }
    layer, rng = made[kind], np.random.default_rng(8)
    x, dy, tx, tdy = (drawn(rng, (4, 5, 3, 6), "float64") for _ in range(4))
    params, _ = layer.init(rng, x.shape[1:])
    gamma = drawn(rng, (6,), "float64") if affine else None
    params = params._replace(gamma=gamma)
    tdy = tdy if moving else None
    swept = Swept(Emulated(), x, kind, gamma, dy, tx, tdy)
    _, cache = layer.forward(params, x)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, tx)
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    expected = {"dx": dx, "ty": ty, "tdx": tdx}
    if affine:
        expected |= {"dgamma": dparams.gamma, "dbeta": dparams.beta}
        expected |= {"tdgamma": tdparams.gamma}
        expected |= {"tdbeta": np.zeros(6) if tdy is None else tdparams.beta}
    for name, value in expected.items():
        np.testing.assert_allclose(getattr(swept, name), value, atol=1e-13, rtol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", AXES)
def test_equal_numbers_have_equal_sweeps_wherever_they_start(kind, dtype):
    """In every order of threads, bit by bit."""
    rng = np.random.default_rng(6)
    arrays = [drawn(rng, (4, 40, 9, 4), dtype) for _ in range(4)]
    gamma = drawn(rng, (4,), dtype)
    moved = [np.empty(a.size + 1, dtype)[1:].reshape(a.shape) for a in arrays]
    for to, a in zip(moved, arrays, strict=True):
        to[...] = a
    found = set()
    for order in ORDERS:
        for x, dy, tx, tdy in (arrays, moved):
            run = Aligned(Emulated(order), x.size)
            swept = Swept(run, x, kind, gamma, dy, tx, tdy)
            found.add(b"".join(a.tobytes() for a in vars(swept).values()))
    assert len(found) == 1


@pytest.mark.parametrize("kind", AXES)
def test_an_empty_batch_has_empty_sweeps(kind):
    x = np.ones((0, 2, 2, 3), np.float32)
    swept = Swept(Emulated(), x, kind, np.ones(3, np.float32), x, x, x)
    assert swept.dx.shape == swept.ty.shape == swept.tdx.shape == x.shape
    for sums in (swept.dgamma, swept.dbeta, swept.tdgamma, swept.tdbeta):
        np.testing.assert_array_equal(sums, np.zeros(3, np.float32))


def test_sums_of_a_norm_without_gain_have_no_gradient():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    s = norms.moments(Emulated(), x, 2, 1, EPS)
    _, h = norms.normalize(Emulated(), x, s, None, None)
    _, sums = norm_sweeps.backward(Emulated(), norm_sweeps.Norm(h, s.r, None), x)
    with pytest.raises(ValueError, match="sums: expected those of a norm with γ"):
        norm_sweeps.gradient(Emulated(), sums, x.dtype)
