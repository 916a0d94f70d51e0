"""Augment: what happens how often, to whom, and that it can be set between steps."""

from dataclasses import replace

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.layers import lots
from scratchgan.layers.augment import strength, with_strength
from scratchgan.rng import Stream
from scratchgan.training.steps import KINDS

CTX = nn.Context(stream=Stream(3, "discriminator"), tick=7)
RNG = np.random.default_rng(0)


def made(p=0.7, shape=(8, 8, 3), **groups):
    layer = nn.Augment(p, **groups)
    return layer, layer.init(RNG, shape)[0]


def test_p_is_state_that_can_be_set():
    layer, params = made(0.25)
    assert not tree.leaves(tree.learned(params))
    small = tree.astype(params, np.float32)
    more = with_strength(small, 0.5)
    assert (strength(params), strength(small), strength(more)) == (0.25, 0.25, 0.5)
    assert [(n, a.dtype) for n, a in tree.named(more)] == [("state.p", np.float32)]
    x = RNG.normal(size=(4, 8, 8, 3))
    y, _ = layer.forward(with_strength(params, 0), x, CTX)
    np.testing.assert_array_equal(y, x)


def test_nothing_happens_at_inference():
    layer, params = made(1.0)
    x = RNG.normal(size=(4, 8, 8, 3))
    np.testing.assert_array_equal(layer.forward(params, x, nn.INFERENCE)[0], x)


def test_a_stream_is_needed():
    layer, params = made()
    with pytest.raises(ValueError, match="Augment: ctx: expected a Context with a"):
        layer.forward(params, np.ones((1, 8, 8, 3)))


@pytest.mark.parametrize("p", [0.0, 0.3, 0.8, 1.0, 1.5])
def test_every_transformation_happens_with_probability_p(p):
    n, drawn = 4000, lots.draw(CTX, None, 4000, p)
    assert tuple(drawn) == lots.NAMES
    rotations = np.stack([drawn[name].happens for name in lots.ROTATIONS])
    others = [drawn[name].happens for name in lots.NAMES if name not in lots.ROTATIONS]
    expected = min(p, 1)
    deviation = 4 * np.sqrt(expected * (1 - expected) / n)  # one in 16,000 is beyond
    for happens in (*others, rotations.any(axis=0)):
        assert abs(happens.mean() - expected) <= deviation
    both = (1 - np.sqrt(1 - expected)) ** 2
    assert abs(rotations.all(axis=0).mean() - both) <= 4 * np.sqrt(both / n)


def test_transformations_are_independent_of_each_other():
    drawn = lots.draw(CTX, None, 4000, 0.5)
    happens = np.stack([lot.happens for lot in drawn.values()]).astype(float)
    uniform = np.stack([lot.uniform[:, 0] for lot in drawn.values()])
    normal = np.stack([lot.normal[:, 0] for lot in drawn.values()])
    # the square too: numbers of one stream show in it, not in the normal ones
    several = np.concatenate([happens, uniform, normal, normal**2])
    off = np.corrcoef(several) - np.eye(len(several))
    assert np.abs(off).max() <= 6 / np.sqrt(4000)


def test_whole_pixels_are_only_rearranged():
    """Each result is a flip, a turn and a shift of the image, up to reflection."""
    layer, params = made(1.0, (5, 5, 1), geometric=False, colour=False)
    x = RNG.normal(size=(64, 5, 5, 1))
    y, _ = layer.forward(params, x, CTX)
    for before, after in zip(x[..., 0], y[..., 0], strict=True):
        padded = [
            np.pad(np.rot90(image, k), 1, mode="reflect")
            for image in (before, before[:, ::-1])
            for k in range(4)
        ]
        views = [p[i : i + 5, j : j + 5] for p in padded for i in range(3)
                 for j in range(3)]  # fmt: skip
        assert any(np.array_equal(after, view) for view in views)


def test_grey_images_change_brightness_and_contrast_alone():
    layer, params = made(1.0, (2, 2, 1), pixel=False, geometric=False)
    x = RNG.normal(size=(200, 2, 2, 1))
    y, maps = layer.forward(params, x, CTX)
    contrast = (y[:, 0, 0] - y[:, 1, 1]) / (x[:, 0, 0] - x[:, 1, 1])
    assert (contrast > 0).all()
    assert np.log2(contrast).std() == pytest.approx(0.5, rel=0.2)
    brightness = maps.colour[:, 0, 1] / maps.colour[:, 0, 0]
    assert brightness.std() == pytest.approx(0.2, rel=0.2)


def test_luma_keeps_its_size_under_flip_hue_and_saturation():
    layer, params = made(1.0, (1, 1, 3), pixel=False, geometric=False)
    x = RNG.normal(size=(50, 1, 1, 3))
    params_ctx = (params, x, CTX)
    y, maps = layer.forward(*params_ctx)
    drawn = lots.draw(CTX, layer, 50, 1.0)
    c = np.exp2(0.5 * drawn["contrast"].normal[:, 0])
    beta = 0.2 * drawn["brightness"].normal[:, 0]
    luma = np.abs(y.mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(luma, np.abs(c * (x.mean(axis=(1, 2, 3)) + beta)))
    assert maps.place is None


def test_kinds_share_no_numbers_and_keep_theirs_when_joined():
    layer, params = made()
    x = RNG.normal(size=(6, 8, 8, 3))
    apart = [layer.forward(params, x, replace(CTX, kinds=(k,)))[0] for k in KINDS]
    whole = np.concatenate([x] * 3)
    joint, _ = layer.forward(params, whole, replace(CTX, kinds=KINDS))
    np.testing.assert_array_equal(joint, np.concatenate(apart))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.any(apart[i] != apart[j])


def test_a_samples_numbers_do_not_depend_on_its_part():
    layer, params = made()
    x = RNG.normal(size=(6, 8, 8, 3))
    whole, _ = layer.forward(params, x, CTX)
    for first, stop in ((0, 2), (2, 3), (3, 6)):
        part, _ = layer.forward(params, x[first:stop], replace(CTX, first=first))
        np.testing.assert_array_equal(part, whole[first:stop])


def test_precisions_augment_alike():
    layer, params = made(1.0)
    x = RNG.normal(size=(6, 8, 8, 3))
    exact, _ = layer.forward(params, x, CTX)
    single, _ = layer.forward(
        tree.astype(params, np.float32), x.astype(np.float32), CTX
    )
    np.testing.assert_allclose(single, exact, rtol=0, atol=1e-5 * np.abs(exact).max())


def test_a_sequence_does_not_come_down_to_a_layer_that_learns_nothing():
    asked = []

    class Asked(nn.Conv2d):
        def backward(self, params, cache, dy, wrt="all"):
            asked.append(wrt)
            return super().backward(params, cache, dy, wrt)

    net = nn.Sequential([nn.Augment(0.5), Asked(2, 3), nn.Flatten()])
    params, _ = net.init(RNG, (4, 4, 1))
    x = RNG.normal(size=(2, 4, 4, 1))
    y, cache = net.forward(params, x, CTX)
    dx, dparams, _ = net.backward(params, cache, y, wrt="params")
    _, everything, _ = net.backward(params, cache, y)
    assert asked == ["params", "all"]
    assert dx is None
    assert dparams[0] is None
    np.testing.assert_array_equal(dparams[1].W, everything[1].W)
