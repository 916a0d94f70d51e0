"""EfficientNet-Lite0 against the same network written in torch.nn.functional."""

import os
from pathlib import Path

import numpy as np
import pytest

from scratchgan.layers import INFERENCE, BatchNorm, Conv2d
from scratchgan.layers.batch_norm import BatchNormParams
from scratchgan.layers.conv import ConvParams
from scratchgan.metrics.natural_features import read_archive
from scratchgan.networks.efficientnet_lite import _Source, efficientnet_lite0, relu6
from scratchgan.tree import State

DATA = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))
WEIGHTS = DATA / "features" / "efficientnet_lite0_imagenet.npz"

#: Kernel, stride, channels in, within and out of the sixteen blocks.
BLOCKS = [
    (3, 1, 32, 32, 16),
    (3, 2, 16, 96, 24), (3, 1, 24, 144, 24),
    (5, 2, 24, 144, 40), (5, 1, 40, 240, 40),
    (3, 2, 40, 240, 80), (3, 1, 80, 480, 80), (3, 1, 80, 480, 80),
    (5, 1, 80, 480, 112), (5, 1, 112, 672, 112), (5, 1, 112, 672, 112),
    (5, 2, 112, 672, 192), *3 * [(5, 1, 192, 1152, 192)],
    (3, 1, 192, 1152, 320),
]  # fmt: skip


def normalised(rng, name, channels):
    """A batch normalisation that is far from the identity."""
    return {
        f"{name}.weight": rng.uniform(0.5, 1.5, channels),
        f"{name}.bias": rng.normal(0, 0.5, channels),
        f"{name}.running_mean": rng.normal(0, 0.5, channels),
        f"{name}.running_var": rng.uniform(0, 2, channels),
    }


def convolution(rng, name, out, width, kernel):
    scale = np.sqrt(2 / (width * kernel**2))
    return {f"{name}.weight": rng.normal(0, scale, (out, width, kernel, kernel))}


@pytest.fixture(scope="module")
def arrays():
    """Drawn weights under the names of the state dict."""
    rng = np.random.default_rng(0)
    found = convolution(rng, "_conv_stem", 32, 3, 3) | normalised(rng, "_bn0", 32)
    for i, (kernel, _, into, within, out) in enumerate(BLOCKS):
        name = f"_blocks.{i}."
        if within > into:
            found |= convolution(rng, f"{name}_expand_conv", within, into, 1)
            found |= normalised(rng, f"{name}_bn0", within)
        found |= convolution(rng, f"{name}_depthwise_conv", within, 1, kernel)
        found |= normalised(rng, f"{name}_bn1", within)
        found |= convolution(rng, f"{name}_project_conv", out, within, 1)
        found |= normalised(rng, f"{name}_bn2", out)
    found |= convolution(rng, "_conv_head", 1280, 320, 1)
    found |= normalised(rng, "_bn1", 1280)
    found["_fc.weight"] = rng.normal(0, 0.03, (1000, 1280))
    found["_fc.bias"] = rng.normal(0, 0.1, 1000)
    return found


def in_torch(arrays, x):
    """Features and logits, from images (N, H, W, 3)."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # convolutions of one channel wait for others otherwise
    F = torch.nn.functional
    t = {name: torch.from_numpy(array) for name, array in arrays.items()}

    def conv(x, name, norm, stride=1, groups=1):
        W = t[f"{name}.weight"]
        pads = []
        for n in (x.shape[3], x.shape[2]):  # the last axis first
            total = max(0, (-(-n // stride) - 1) * stride + W.shape[-1] - n)
            pads += [total // 2, total - total // 2]
        x = F.conv2d(F.pad(x, pads), W, stride=stride, groups=groups)
        mean, variance, gain, bias = (
            t[f"{norm}.{part}"]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, variance, gain, bias, eps=1e-3)

    x = F.relu6(conv(torch.from_numpy(x).permute(0, 3, 1, 2), "_conv_stem", "_bn0", 2))
    for i, (_, stride, into, within, out) in enumerate(BLOCKS):
        name, y = f"_blocks.{i}.", x
        if within > into:
            y = F.relu6(conv(y, f"{name}_expand_conv", f"{name}_bn0"))
        y = conv(y, f"{name}_depthwise_conv", f"{name}_bn1", stride, within)
        y = conv(F.relu6(y), f"{name}_project_conv", f"{name}_bn2")
        x = x + y if stride == 1 and into == out else y
    features = F.relu6(conv(x, "_conv_head", "_bn1")).mean(dim=(2, 3))
    logits = F.linear(features, t["_fc.weight"], t["_fc.bias"])
    return features.numpy(), logits.numpy()


@pytest.mark.parametrize("size", [(32, 48), (33, 19)])
def test_a_pass_is_that_of_torch(arrays, size):
    """In float64: drawn weights enlarge rounding a thousand times."""
    x = np.random.default_rng(1).normal(size=(2, *size, 3))
    features, logits = efficientnet_lite0(arrays, np.float64)(x)
    assert features.shape == (2, 1280)
    for ours, theirs in zip((features, logits), in_torch(arrays, x), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="needs SCRATCHGAN_DATA")
def test_a_pass_in_float32_with_the_trained_weights_is_that_of_torch():
    arrays = read_archive(WEIGHTS)
    x = np.random.default_rng(1).normal(size=(1, 224, 224, 3)).astype(np.float32)
    found = efficientnet_lite0(arrays)(x)
    for ours, theirs in zip(found, in_torch(arrays, x), strict=True):
        assert ours.dtype == np.float32
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * scale)


def test_it_has_the_published_number_of_parameters(arrays):
    learned = [a.size for name, a in arrays.items() if "running" not in name]
    assert sum(learned) == 4_652_008
    efficientnet_lite0(arrays)  # takes these shapes and no others


def test_a_folded_convolution_is_the_convolution_and_its_normalisation():
    rng = np.random.default_rng(0)
    arrays = convolution(rng, "conv", 6, 4, 3) | normalised(rng, "bn", 6)
    layer = Conv2d(6, 3, 2, "same")
    x = rng.normal(size=(2, 7, 8, 4))
    source = _Source(arrays, np.float64)
    folded = source.convolved("conv", "bn", 4, layer)(x)
    W = ConvParams(arrays["conv.weight"].transpose(2, 3, 1, 0), np.zeros(6))
    state = State(mean=arrays["bn.running_mean"], variance=arrays["bn.running_var"])
    norm = BatchNormParams(arrays["bn.weight"], arrays["bn.bias"], state)
    y, _ = layer.forward(W, x, INFERENCE)
    y, _ = BatchNorm(eps=1e-3).forward(norm, y, INFERENCE)
    np.testing.assert_allclose(folded, y, rtol=1e-12, atol=1e-12)


def test_relu6_is_bounded_on_both_sides():
    x = np.array([-1.0, 0, 3, 6, 7])
    assert relu6(x).tolist() == [0, 0, 3, 6, 6]


def test_the_number_of_classes_is_that_of_the_last_layer(arrays):
    few = arrays | {"_fc.weight": arrays["_fc.weight"][:7], "_fc.bias": np.zeros(7)}
    logits = efficientnet_lite0(few)(np.zeros((1, 32, 32, 3), np.float32))[1]
    assert logits.shape == (1, 7)
    assert logits.dtype == np.float32


def test_arrays_that_are_missing_or_of_another_shape_are_named(arrays):
    without = {k: v for k, v in arrays.items() if k != "_blocks.3._bn2.running_var"}
    with pytest.raises(ValueError, match=r"'_blocks\.3\._bn2\.running_var' is missing"):
        efficientnet_lite0(without)
    other = arrays | {"_blocks.5._depthwise_conv.weight": np.zeros((240, 1, 5, 5))}
    with pytest.raises(ValueError, match=r"expected \(240, 1, 3, 3\), received \(240,"):
        efficientnet_lite0(other)
    other = arrays | {"_fc.bias": np.zeros((1000, 1))}
    with pytest.raises(ValueError, match=r"'_fc\.bias': expected \(K,\), received"):
        efficientnet_lite0(other)
