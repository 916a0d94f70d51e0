"""A network of ours as a PyTorch module, channels first, with the same parameters."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from scratchgan import layers as ours
from scratchgan.types import Tree


class Norm(nn.Module):
    """LayerNorm over a sample, gain and bias per channel: a group norm of one group."""

    def __init__(self, params: Any, eps: float) -> None:
        super().__init__()
        self.weight, self.bias = parameter(params.gamma), parameter(params.beta)
        self.eps = eps

    def forward(self, x: Any) -> Any:
        """Normalise x (N, C, …)."""
        return F.group_norm(x, 1, self.weight, self.bias, self.eps)


class Convolution(nn.Module):
    """A convolution with any padding."""

    def __init__(self, layer: Any, params: Any) -> None:
        super().__init__()
        self.layer = layer
        self.weight = parameter(params.W.transpose(3, 2, 0, 1))
        self.bias = None if params.b is None else parameter(params.b)

    def forward(self, x: Any) -> Any:
        """Convolve x (N, C, H, W)."""
        geometry = self.layer.geometry(tuple(x.shape[2:]))
        (top, bottom), (left, right) = geometry.padding
        if (top, left) == (bottom, right):
            return F.conv2d(x, self.weight, self.bias, geometry.stride, (top, left))
        x = F.pad(x, (left, right, top, bottom))
        return F.conv2d(x, self.weight, self.bias, geometry.stride)


class Transposed(nn.Module):
    """A transposed convolution with any padding: made whole, then cropped."""

    def __init__(self, layer: Any, params: Any) -> None:
        super().__init__()
        self.layer = layer
        self.weight = parameter(params.W.transpose(3, 2, 0, 1))
        self.bias = None if params.b is None else parameter(params.b)

    def forward(self, x: Any) -> Any:
        """Map x (N, C, H, W)."""
        geometry, (height, width) = self.layer.geometry(tuple(x.shape[2:]))
        (top, bottom), (left, right) = geometry.padding
        stride = geometry.stride
        if (top, left) == (bottom, right) and not self.layer.output_padding:
            return F.conv_transpose2d(x, self.weight, self.bias, stride, (top, left))
        y = F.conv_transpose2d(x, self.weight, None, stride)
        y = F.pad(y, (0, max(0, left + width - y.shape[3]), 0,
                      max(0, top + height - y.shape[2])))  # fmt: skip
        y = y[:, :, top : top + height, left : left + width]
        return y if self.bias is None else y + self.bias[:, None, None]


class BatchNorm(nn.Module):
    """By the statistics of the batch; ours keep them as the state of the parameters."""

    def __init__(self, layer: Any, params: Any) -> None:
        super().__init__()
        self.weight, self.bias = parameter(params.gamma), parameter(params.beta)
        self.eps = layer.eps

    def forward(self, x: Any) -> Any:
        """Normalise x (N, C, …)."""
        return F.batch_norm(
            x, None, None, self.weight, self.bias, training=True, eps=self.eps
        )


class Image(nn.Module):
    """(N, H W C), our order, to (N, C, H, W)."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.shape = layer.shape

    def forward(self, x: Any) -> Any:
        """Reshape x."""
        return x.reshape(len(x), *self.shape).permute(0, 3, 1, 2)


class Crop(nn.Module):
    """The first rows and columns."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.height, self.width = layer.height, layer.width

    def forward(self, x: Any) -> Any:
        """Cut x (N, C, H, W)."""
        return x[:, :, : self.height, : self.width]


class Linear(nn.Module):
    """A dense layer; what is flat before it is flat in our order."""

    def __init__(self, params: Any) -> None:
        super().__init__()
        self.weight, self.bias = parameter(params.W.T), parameter(params.b)

    def forward(self, x: Any) -> Any:
        """Map x (N, I)."""
        return F.linear(x, self.weight, self.bias)


class Flat(nn.Module):
    """(N, C, H, W) to (N, H W C), our order."""

    def forward(self, x: Any) -> Any:
        """Flatten x."""
        return x.permute(0, 2, 3, 1).flatten(1)


class Sum(nn.Module):
    """A residual block."""

    def __init__(self, body: nn.Module, shortcut: nn.Module, scale: float) -> None:
        super().__init__()
        self.shortcut, self.body, self.scale = shortcut, body, scale  # our order

    def forward(self, x: Any) -> Any:
        """Add both branches."""
        y = self.body(x)
        return self.shortcut(x) + (y if self.scale == 1 else self.scale * y)


class Mean(nn.Module):
    """The mean over pixels."""

    def forward(self, x: Any) -> Any:
        """(N, C, H, W) to (N, C)."""
        return x.mean(dim=(2, 3))


def twin(layer: ours.Layer, params: Tree) -> nn.Module:
    """The module that computes what `layer` computes with `params`."""
    if isinstance(layer, ours.Sequential):
        pairs = zip(layer.layers, params, strict=True)
        return nn.Sequential(*(twin(part, p) for part, p in pairs))
    if isinstance(layer, ours.Residual):
        shortcut = nn.Identity()
        if layer.shortcut is not None:
            shortcut = twin(layer.shortcut, params.shortcut)
        return Sum(twin(layer.body, params.body), shortcut, layer.scale)
    if isinstance(layer, ours.Conv2d):
        return Convolution(layer, params)
    if isinstance(layer, ours.ConvTranspose2d):
        return Transposed(layer, params)
    if isinstance(layer, ours.BatchNorm):
        return BatchNorm(layer, params)
    if isinstance(layer, ours.Reshape):
        return Image(layer)
    if isinstance(layer, ours.Crop):
        return Crop(layer)
    if isinstance(layer, ours.Dense):
        return Linear(params)
    if isinstance(layer, ours.LayerNorm):
        return Norm(params, layer.eps)
    if isinstance(layer, ours.ReLU):
        return nn.ReLU()
    if isinstance(layer, ours.LeakyReLU):
        return nn.LeakyReLU(layer.alpha)
    if isinstance(layer, ours.AvgPool):
        return nn.AvgPool2d(layer.kernel)
    simple = {ours.Softplus: nn.Softplus, ours.Tanh: nn.Tanh, ours.Flatten: Flat}
    simple |= {ours.GlobalAvgPool: Mean, ours.Sigmoid: nn.Sigmoid}
    return simple[type(layer)]()


def parameter(a: np.ndarray) -> nn.Parameter:
    """A copy of `a` that learns."""
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(a)).clone())


def channels_first(x: np.ndarray) -> Any:
    """(N, H, W, C) to a tensor (N, C, H, W); (N, D) stays."""
    if x.ndim == 4:
        x = x.transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(x))


def in_layout(what: Any, layout: str) -> Any:
    """A module, or an array as a tensor, with its images channels first or last."""
    if isinstance(what, np.ndarray):
        what = channels_first(what)
        if layout == "last" and what.ndim == 4:
            return what.contiguous(memory_format=torch.channels_last)
        return what
    return what.to(memory_format=torch.channels_last) if layout == "last" else what


def gradients(module: nn.Module) -> list[Any]:
    """Gradients in our layouts, in the order of our leaves; None where none flows."""
    found: list[Any] = []
    for p in module.parameters():
        if p.grad is None:
            found.append(None)
            continue
        g = p.grad.detach().numpy()
        if g.ndim == 4:
            g = g.transpose(2, 3, 1, 0)
        found.append(g.T if g.ndim == 2 else g)
    return found
