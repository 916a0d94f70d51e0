"""StyleGAN2's blocks as PyTorch modules, channels first, with the same parameters.

Modulation scales the input and demodulation the output, one convolution for the whole
batch, which on a CPU is faster than a grouped convolution with a weight a sample; FIR
filters are depthwise convolutions.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from twin import parameter, twin

from scratchgan import layers as ours


class Fir(nn.Module):
    """Put zeros in, pad or crop, filter, leave out."""

    def __init__(self, layer: Any, dtype: Any):
        super().__init__()
        taps = np.outer(layer.filter, layer.filter).astype(float)
        taps *= layer.gain / taps.sum()
        self.register_buffer("taps", torch.from_numpy(taps[::-1, ::-1].astype(dtype)))
        self.up, self.down = layer.up, layer.down
        sides = np.broadcast_to(np.asarray(layer.padding), (2, 2))
        (top, bottom), (left, right) = sides.tolist()
        self.sides = left, right, top, bottom

    def forward(self, x: Any) -> Any:
        """Filter x (N, C, H, W)."""
        n, c, h, w = x.shape
        if self.up > 1:
            wide = x.reshape(n, c, h, 1, w, 1)
            x = F.pad(wide, (0, self.up - 1, 0, 0, 0, self.up - 1))
            x = x.reshape(n, c, h * self.up, w * self.up)
        x = F.pad(x, self.sides)
        weight = self.taps.expand(c, 1, *self.taps.shape)
        return F.conv2d(x, weight, stride=self.down, groups=c)


class Modulated(nn.Module):
    """y = d F(s x, c W)."""

    def __init__(self, layer: Any, params: Any):
        super().__init__()
        conv = layer.layer
        self.W = parameter(params.W.transpose(3, 2, 0, 1))
        self.scale = float(np.prod(params.W.shape[:3])) ** -0.5
        self.up, self.padding, self.demodulate = conv.up, conv.padding, conv.demodulate

    def forward(self, x: Any, style: Any) -> Any:
        """Map x (N, C, H, W) and style (N, C)."""
        W = self.scale * self.W
        u = x * style[:, :, None, None]
        if self.up == 1:
            y = F.conv2d(u, W, padding=self.padding)
        else:
            y = F.conv_transpose2d(
                u, W.transpose(0, 1), stride=self.up, padding=self.padding
            )
        if self.demodulate:
            d = torch.rsqrt(style**2 @ (W**2).sum((2, 3)).T + 1e-8)
            y = y * d[:, :, None, None]
        return y


class Program(nn.Module):
    """A graph of ours, node by node."""

    def __init__(self, graph: Any, params: Any, dtype: Any):
        super().__init__()
        self.graph = graph
        self.parts = nn.ModuleDict(
            {n.name: style_twin(n.layer, params[n.name], dtype) for n in graph.nodes}
        )

    def forward(self, *inputs: Any) -> Any:
        """Outputs of the graph."""
        values = dict(zip(self.graph.inputs, inputs, strict=True))
        for node in self.graph.nodes:
            values[node.name] = self.parts[node.name](*(values[i] for i in node.inputs))
        return tuple(values[name] for name in self.graph.outputs)


class Sum(nn.Module):
    """Of its inputs."""

    def forward(self, *inputs: Any) -> Any:
        """Add them."""
        return sum(inputs)


class Both(nn.Module):
    """A residual block."""

    def __init__(self, body: nn.Module, shortcut: nn.Module):
        super().__init__()
        self.shortcut, self.body = shortcut, body  # our order

    def forward(self, x: Any) -> Any:
        """Add both branches."""
        return self.shortcut(x) + self.body(x)


class Shift(nn.Module):
    """A bias for every channel."""

    def __init__(self, params: Any):
        super().__init__()
        self.b = parameter(params.b)

    def forward(self, x: Any) -> Any:
        """Add it to x (N, C, H, W)."""
        return x + self.b[:, None, None]


class Times(nn.Module):
    """A constant factor."""

    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, x: Any) -> Any:
        """Multiply."""
        return self.factor * x


class Equal(nn.Module):
    """A dense or convolutional layer of equalised learning rate."""

    def __init__(self, layer: Any, params: Any):
        super().__init__()
        W = params.W
        self.scale = float(np.prod(W.shape[:-1])) ** -0.5
        order = (3, 2, 0, 1) if W.ndim == 4 else (1, 0)
        self.weight = parameter(W.transpose(order))
        self.bias = None if params.b is None else parameter(params.b)
        self.conv = layer.layer

    def forward(self, x: Any) -> Any:
        """Map x."""
        W = self.scale * self.weight
        if W.ndim == 2:
            return F.linear(x, W, self.bias)
        return F.conv2d(x, W, self.bias, self.conv.stride, self.conv.padding)


class Stddev(nn.Module):
    """MinibatchStddev with one feature."""

    def __init__(self, group: int):
        super().__init__()
        self.group = group

    def forward(self, x: Any) -> Any:
        """Append a channel to x (N, C, H, W)."""
        n, _, h, w = x.shape
        grouped = x.reshape(min(self.group, n), -1, *x.shape[1:])
        spread = (grouped.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
        each = spread.repeat(n // len(spread)).reshape(n, 1, 1, 1)
        return torch.cat([x, each.expand(n, 1, h, w)], 1)


def style_twin(layer: Any, params: Any, dtype: Any) -> nn.Module:
    """The module that computes what `layer` computes, without noise."""
    if isinstance(layer, ours.Graph):
        return Program(layer, params, dtype)
    if isinstance(layer, ours.Sequential):
        pairs = zip(layer.layers, params, strict=True)
        parts = (style_twin(part, p, dtype) for part, p in pairs)
        return nn.Sequential(*parts)
    if isinstance(layer, ours.Residual):
        shortcut = nn.Identity()
        if layer.shortcut is not None:
            shortcut = style_twin(layer.shortcut, params.shortcut, dtype)
        return Both(style_twin(layer.body, params.body, dtype), shortcut)
    if isinstance(layer, ours.Equalized):
        modulated = isinstance(layer.layer, ours.ModulatedConv2d)
        return (Modulated if modulated else Equal)(layer, params)
    if isinstance(layer, ours.UpFirDn2d):
        return Fir(layer, dtype)
    if isinstance(layer, ours.Scale):
        return Times(layer.factor)
    if isinstance(layer, ours.Bias):
        return Shift(params)
    if isinstance(layer, ours.MinibatchStddev):
        return Stddev(layer.group)
    plain = {ours.Add: Sum, ours.NoiseInjection: nn.Identity}
    if type(layer) in plain:
        return plain[type(layer)]()
    return twin(layer, params)
