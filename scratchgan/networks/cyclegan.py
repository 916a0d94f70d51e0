"""CycleGAN's networks (Zhu, Park, Isola and Efros 2017, appendix 7.2), for any size.

The generator is that of Johnson, Alahi and Fei-Fei 2016: reflections in place of zeros
at the borders, instance normalisation, two halvings, residual blocks, two doublings.
The discriminator scores patches: its output is an image of scores, each of which sees a
square of the input. With n layers of stride 2, the square's side is 9·2ⁿ − 2 pixels:
16, 34 and 70 for n = 1, 2 and 3.

Weights are N(0, 0.02²). No convolution before a normalisation has a bias: the mean that
is taken off takes it along. (The authors' have one, whose gradient is zero.)

What small images need: fewer halvings and blocks on either side, and a generator that
begins near the identity, tanh(x + body), which `skip` asks for. An image is then
redrawn from itself; the published generator has to learn to copy it first.
"""

from scratchgan.layers import (
    Conv2d,
    ConvTranspose2d,
    Graph,
    InstanceNorm,
    Layer,
    LeakyReLU,
    Node,
    Pad,
    ReLU,
    Residual,
    Sequential,
    Tanh,
)
from scratchgan.networks.dcgan import dcgan_normal


def cyclegan_generator(
    dim: int = 64,
    blocks: int = 9,
    channels: int = 3,
    downs: int = 2,
    skip: bool = False,
) -> Sequential:
    """(N, H, W, C) to (N, H, W, C) in (−1, 1); H and W are multiples of 2^downs.

    Parameters
    ----------
    dim : int
        Channels of the first layer; they double with every halving.
    blocks : int
        Residual blocks: 9 for images of 256, 6 for 128.
    channels : int
        C.
    downs : int
        How often the image is halved, and doubled again.
    skip : bool
        Whether the input is added before the last tanh.
    """
    widths = [dim * 2**i for i in range(downs + 1)]
    layers = [*_reflected(dim, 7), *_normalised()]
    for width in widths[1:]:
        down = Conv2d(width, 3, 2, 1, bias=False, initializer=dcgan_normal)
        layers += [down, *_normalised()]
    layers += [_block(widths[-1]) for _ in range(blocks)]
    for width in reversed(widths[:-1]):
        up = ConvTranspose2d(
            width, 3, 2, 1, output_padding=1, bias=False, initializer=dcgan_normal
        )
        layers += [up, *_normalised()]
    layers += _reflected(channels, 7, bias=True)
    if skip:
        return Sequential([Residual(Sequential(layers)), Tanh()])
    return Sequential([*layers, Tanh()])


def patch_discriminator(dim: int = 64, layers: int = 3) -> Sequential:
    """(N, H, W, C) to an image of scores (N, h, w, 1), one for each patch.

    Parameters
    ----------
    dim : int
        Channels of the first layer; they double with every layer, up to eight times.
    layers : int
        Layers of stride 2; 3 makes patches of 70 × 70.
    """
    found: list[Layer] = [_scan(dim, 2, bias=True), LeakyReLU(0.2)]
    for i in range(1, layers + 1):
        stride = 2 if i < layers else 1
        found += [_scan(dim * min(2**i, 8), stride)]
        found += [InstanceNorm(affine=False), LeakyReLU(0.2)]
    return Sequential([*found, _scan(1, 1, bias=True)])


def both_ways(to_a: Layer, to_b: Layer) -> Graph:
    """N(a, b) = (F(b), G(a)): a pair of images to the pair of their translations.

    What belongs to A stands first on both sides, so that N(N(a, b)) is the cycle.
    """
    nodes = Node("to_a", to_a, ("b",)), Node("to_b", to_b, ("a",))
    return Graph(("a", "b"), nodes, ("to_a", "to_b"))


def side_by_side(of_a: Layer, of_b: Layer) -> Graph:
    """D(a, b) = (D_A(a), D_B(b))."""
    nodes = Node("of_a", of_a, ("a",)), Node("of_b", of_b, ("b",))
    return Graph(("a", "b"), nodes, ("of_a", "of_b"))


def _block(width: int) -> Residual:
    first = [*_reflected(width, 3), *_normalised()]
    return Residual(
        Sequential([*first, *_reflected(width, 3), InstanceNorm(affine=False)])
    )


def _reflected(features: int, kernel: int, bias: bool = False) -> list[Layer]:
    conv = Conv2d(features, kernel, bias=bias, initializer=dcgan_normal)
    return [Pad(kernel // 2, "reflect"), conv]


def _normalised() -> list[Layer]:
    return [InstanceNorm(affine=False), ReLU()]


def _scan(features: int, stride: int, bias: bool = False) -> Conv2d:
    return Conv2d(features, 4, stride, 1, bias=bias, initializer=dcgan_normal)
