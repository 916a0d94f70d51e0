"""What every layer promises, for every case of the registry."""

import inspect

import numpy as np
import pytest
from layer_cases import CASES, IDS, NO_SECOND_DERIVATIVE, sample

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import check_layer
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, TOLERANCE
from scratchgan.gradcheck.numeric import inner
from scratchgan.gradcheck.registry import LAYERS

every_case = pytest.mark.parametrize("case", CASES, ids=IDS)


def sweeps(case, params, x, seed=1, tdy="random"):
    """All traces and results of the five verbs, with random cotangents and tangents."""
    rng = np.random.default_rng(seed)
    layer = case.layer
    y, cache = layer.forward(params, x, case.ctx)
    dy, tx = rng.normal(size=y.shape).astype(y.dtype), rng.normal(size=x.shape)
    tx = tx.astype(x.dtype)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, tx)
    if isinstance(tdy, str):
        tdy = rng.normal(size=y.shape).astype(y.dtype)
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    return {
        "y": y, "cache": cache, "dy": dy, "tx": tx, "dx": dx, "dparams": dparams,
        "dcache": dcache, "ty": ty, "tcache": tcache, "tdy": tdy, "tdx": tdx,
        "tdparams": tdparams,
    }  # fmt: skip


def zero_for_none(template, gradient):
    return tree.map(
        lambda p, g: np.zeros_like(p) if g is None else g, template, gradient
    )


def assert_trees_close(a, b, **tolerance):
    for x, y in zip(tree.leaves(a), tree.leaves(b), strict=True):
        np.testing.assert_allclose(x, y, **tolerance)


def test_every_public_layer_has_a_case():
    public = {
        name
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name))
        and issubclass(getattr(nn, name), nn.Layer)
    }
    covered = {type(case.layer).__name__ for case in LAYERS}
    assert public - covered == {"Layer"}


@every_case
def test_every_verb_agrees_with_finite_differences(case):
    errors = check_layer(case.layer, case.in_shape, ctx=case.ctx)
    assert errors.adjoint <= ADJOINT_TOLERANCE
    assert max(errors) <= TOLERANCE, errors


@every_case
def test_shapes_are_those_that_init_announces(case):
    params, x = sample(case, batch=4)
    _, out_shape = case.layer.init(np.random.default_rng(0), case.in_shape)
    found = sweeps(case, params, x)
    assert found["y"].shape == found["ty"].shape == (4, *out_shape)
    assert found["dx"].shape == x.shape
    shapes = [leaf.shape for leaf in tree.leaves(tree.learned(params))]
    assert [leaf.shape for leaf in tree.leaves(found["dparams"])] == shapes


@every_case
def test_no_tangent_of_dy_is_a_tangent_of_zeros(case):
    params, x = sample(case)
    none = sweeps(case, params, x, tdy=None)
    zero = sweeps(case, params, x, tdy=np.zeros_like(none["y"]))
    filled = zero_for_none(x, none["tdx"])
    np.testing.assert_allclose(filled, zero_for_none(x, zero["tdx"]), atol=1e-14)
    learned = tree.learned(params)
    a, b = (zero_for_none(learned, found["tdparams"]) for found in (none, zero))
    assert_trees_close(a, b, atol=1e-14)


@every_case
def test_layers_without_second_derivative_say_so_with_none(case):
    params, x = sample(case)
    if isinstance(case.layer, NO_SECOND_DERIVATIVE):
        assert sweeps(case, params, x, tdy=None)["tdx"] is None


@every_case
def test_wrt_leaves_out_and_changes_nothing_else(case):
    params, x = sample(case)
    found = sweeps(case, params, x)
    traces = (params, found["cache"], found["dcache"], found["tcache"], found["tdy"])
    dx, dparams, _ = case.layer.backward(params, found["cache"], found["dy"], "inputs")
    np.testing.assert_array_equal(dx, found["dx"])
    assert not tree.leaves(dparams)
    tdx, tdparams = case.layer.backward_jvp(*traces, "inputs")
    np.testing.assert_array_equal(tdx, found["tdx"])
    assert not tree.leaves(tdparams)
    if tree.leaves(tree.learned(params)):
        dx, dparams, _ = case.layer.backward(
            params, found["cache"], found["dy"], "params"
        )
        assert dx is None
        assert_trees_close(dparams, found["dparams"], rtol=0)
        tdx, tdparams = case.layer.backward_jvp(*traces, "params")
        assert tdx is None
        assert_trees_close(tdparams, found["tdparams"], rtol=0)


@every_case
def test_arguments_are_not_modified_and_results_repeat(case):
    params, x = sample(case)
    before = [leaf.copy() for leaf in (*tree.leaves(params), x)]
    first = sweeps(case, params, x)
    kept = [leaf.copy() for leaf in tree.leaves(first) if isinstance(leaf, np.ndarray)]
    second = sweeps(case, params, x)
    for a, b in zip(before, (*tree.leaves(params), x), strict=True):
        np.testing.assert_array_equal(a, b)
    arrays = [leaf for leaf in tree.leaves(second) if isinstance(leaf, np.ndarray)]
    after = [leaf for leaf in tree.leaves(first) if isinstance(leaf, np.ndarray)]
    for a, b, c in zip(kept, arrays, after, strict=True):
        np.testing.assert_array_equal(a, b)  # repeatable
        np.testing.assert_array_equal(a, c)  # no sweep writes into another's trace


@every_case
def test_float32_stays_float32(case):
    params, x = sample(case)
    params = tree.astype(params, np.float32)
    found = sweeps(case, params, x.astype(np.float32))
    for name in ("y", "dx", "dparams", "ty", "tdx", "tdparams"):
        dtypes = {leaf.dtype for leaf in tree.leaves(found[name])}
        assert dtypes <= {np.dtype(np.float32)}, name
    moved = case.layer.advance(params, found["cache"])
    assert {leaf.dtype for leaf in tree.leaves(moved)} <= {np.dtype(np.float32)}


@every_case
def test_strides_of_the_input_do_not_matter(case):
    params, x = sample(case)
    wide = np.repeat(x, 2, axis=-1)[..., ::2]
    assert not wide.flags.c_contiguous or wide.size <= 1
    a, b = sweeps(case, params, x), sweeps(case, params, wide)
    for name in ("y", "dx", "ty", "tdx"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-12, atol=1e-13)


@every_case
@pytest.mark.parametrize("batch", [0, 1])
def test_batches_of_none_and_one(case, batch):
    if batch == 0 and case.layer.couples_batch and case.ctx.training:
        pytest.skip("the statistics of no samples are not defined")
    params, x = sample(case, batch=batch)
    found = sweeps(case, params, x)
    assert found["dx"].shape == found["tdx"].shape == x.shape
    assert all(np.isfinite(leaf).all() for leaf in tree.leaves(found["dparams"]))


@every_case
def test_a_cache_can_be_cut_unless_the_batch_is_coupled(case):
    if case.layer.couples_batch:
        pytest.skip("declares that it couples the batch")
    params, x = sample(case, batch=5)
    whole, part = sweeps(case, params, x), sweeps(case, params, x[2:4])
    cache = tree.rows(whole["cache"], 2, 4)
    dx, dparams, _ = case.layer.backward(params, cache, part["dy"])
    np.testing.assert_allclose(dx, part["dx"], rtol=1e-12, atol=1e-13)
    assert_trees_close(dparams, part["dparams"], rtol=1e-12, atol=1e-13)


@every_case
def test_couples_batch_tells_the_truth(case):
    """Whether the other samples change a sample's output in training."""
    params, x = sample(case, batch=3)
    other = x.copy()
    other[1:] += 1.0
    y, _ = case.layer.forward(params, x)
    moved, _ = case.layer.forward(params, other)
    assert np.allclose(y[0], moved[0], atol=1e-12) != case.layer.couples_batch


@every_case
def test_second_derivative_is_symmetric(case):
    """⟨u, H v⟩ = ⟨v, H u⟩ for the Hessian H in x of ⟨dy, f(x)⟩."""
    params, x = sample(case)
    rng = np.random.default_rng(5)
    y, cache = case.layer.forward(params, x, case.ctx)
    dy = rng.normal(size=y.shape)
    _, _, dcache = case.layer.backward(params, cache, dy)
    u, v = rng.normal(size=(2, *x.shape))

    def hessian(direction):
        _, tcache = case.layer.jvp(params, cache, direction)
        tdx, _ = case.layer.backward_jvp(params, cache, dcache, tcache)
        return zero_for_none(x, tdx)

    left, right = np.vdot(u, hessian(v)), np.vdot(v, hessian(u))
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-11)


@every_case
def test_double_backward_is_the_gradient_of_a_projected_input_gradient(case):
    """∂/∂(x, dy) of ⟨ddx, backward(x, dy)⟩, differenced."""
    params, x = sample(case)
    rng = np.random.default_rng(6)
    y, cache = case.layer.forward(params, x, case.ctx)
    dy, ddx = rng.normal(size=y.shape), rng.normal(size=x.shape)
    _, _, dcache = case.layer.backward(params, cache, dy)
    found = case.layer.double_backward(params, cache, dcache, ddx)

    def projected(at, cotangent):
        _, fresh = case.layer.forward(params, at, case.ctx)
        return inner(ddx, case.layer.backward(params, fresh, cotangent)[0])

    step = 1e-6
    ux, uy = rng.normal(size=x.shape), rng.normal(size=y.shape)
    numeric = (
        projected(x + step * ux, dy + step * uy)
        - projected(x - step * ux, dy - step * uy)
    ) / (2 * step)
    exact = np.vdot(zero_for_none(x, found.dx), ux) + np.vdot(found.ddy, uy)
    scale = np.linalg.norm(found.ddy) + np.linalg.norm(zero_for_none(x, found.dx))
    assert abs(exact - numeric) <= 1e-8 * scale
