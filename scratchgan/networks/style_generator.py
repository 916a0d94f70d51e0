"""Style-based generators (Karras et al. 2019, fig. 1): mapping, and then synthesis.

    z ── mapping ──▶ w ── one for each layer ──▶ ws ── synthesis ──▶ image

The mapping network normalises z and takes it through dense layers that learn at a
hundredth of the rate (`lr_multiplier`). The synthesis network starts from a learned
constant of 4 × 4 pixels and reads a latent of its own in every layer, ws (N, L, W):

    resolution     4        8        …      R
    layers         2        2        …      2          L = 2 log₂ R − 2

`skip_synthesis` is StyleGAN2's (Karras et al. 2020, fig. 7): modulated convolutions,
and an image at every resolution, enlarged and added up. Its block of 2r pixels reads
three latents: two for its convolutions, and one for its ToRGB, which the next block's
first convolution reads too. `adain_synthesis` beside it is the first StyleGAN's, with
the same interface.
"""

from scratchgan.layers import (
    Constant,
    Dense,
    Equalized,
    Graph,
    Layer,
    Node,
    PixelNorm,
    Repeat,
    Select,
    Sequential,
)
from scratchgan.networks.stylegan2 import (
    activation,
    grown_image,
    styled_conv,
    styled_rgb,
)


def channels_at(resolution: int, channel_base: int, channel_max: int) -> int:
    """min(channel_base / resolution, channel_max), at least 1."""
    return max(1, min(channel_base // resolution, channel_max))


def resolutions(resolution: int) -> list[int]:
    """4, 8, …, `resolution`.

    Raises
    ------
    ValueError
        If it is no power of two, or below 8.
    """
    if resolution < 8 or resolution & (resolution - 1):
        raise ValueError(
            f"resolution: expected a power of two, at least 8, received {resolution}"
        )
    return [2**i for i in range(2, resolution.bit_length())]


def layers_of(resolution: int) -> int:
    """L, the number of latents that synthesis reads."""
    return 2 * len(resolutions(resolution))


def mapping_network(depth: int, width: int, lr_multiplier: float = 0.01) -> Sequential:
    """Z (N, Z) to w (N, W).

    Parameters
    ----------
    depth : int
        Number of dense layers; 8 in both papers.
    width : int
        W.
    lr_multiplier : float
        Share of the learning rate that they have.
    """
    layers: list[Layer] = [PixelNorm()]
    for _ in range(depth):
        layers += [Equalized(Dense(width), lr_multiplier=lr_multiplier), *activation()]
    return Sequential(layers)


def style_generator(mapping: Layer, synthesis: Layer, resolution: int) -> Graph:
    """Both networks as one player: z to an image, w the same in all layers."""
    return Graph(
        inputs=("z",),
        nodes=(
            Node("mapping", mapping, ("z",)),
            Node("ws", Repeat(layers_of(resolution)), ("mapping",)),
            Node("synthesis", synthesis, ("ws",)),
        ),
        outputs=("synthesis",),
    )


def part(generator: Graph, name: str) -> Layer:
    """One of its nodes: ``"mapping"`` or ``"synthesis"``."""
    return next(node.layer for node in generator.nodes if node.name == name)


def skip_synthesis(
    resolution: int, channel_base: int, channel_max: int = 512, image_channels: int = 3
) -> Graph:
    """StyleGAN2's synthesis: ws (N, L, W) to an image (N, R, R, C).

    Parameters
    ----------
    resolution : int
        R, a power of two.
    channel_base, channel_max : int
        Features at r pixels are min(channel_base / r, channel_max).
    image_channels : int
        C.
    """
    sizes = resolutions(resolution)
    widths = [channels_at(r, channel_base, channel_max) for r in sizes]
    nodes = [
        *latents(layers_of(resolution)),
        Node("constant", Constant((4, 4, widths[0])), ("w0",)),
        *styled_conv("4", ("constant", "w0", "x4"), widths[0], widths[0]),
        *styled_rgb("4", ("x4", "w1", "image4"), widths[0], image_channels),
    ]
    for i, (r, before, width) in enumerate(
        zip(sizes[1:], widths, widths[1:], strict=False)
    ):
        w1, w2, w3 = (f"w{2 * i + k}" for k in (1, 2, 3))
        below, h, x, colour = f"x{r // 2}", f"h{r}", f"x{r}", f"colour{r}"
        nodes += [
            *styled_conv(f"{r}_up", (below, w1, h), before, width, up=2),
            *styled_conv(f"{r}", (h, w2, x), width, width),
            *styled_rgb(f"{r}", (x, w3, colour), width, image_channels),
            *grown_image((f"image{r // 2}", colour, f"image{r}")),
        ]
    return Graph(("ws",), tuple(nodes), (f"image{resolution}",))


def latents(count: int) -> list[Node]:
    """Nodes w0, w1, … that read one latent each."""
    return [Node(f"w{i}", Select(i), ("ws",)) for i in range(count)]
