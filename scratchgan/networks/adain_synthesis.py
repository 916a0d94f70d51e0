"""The synthesis network of the first StyleGAN (Karras et al. 2019, fig. 1b).

A layer adds noise, a bias and the activation, and then takes its style: AdaIN scales
and shifts every normalised channel by A(w) = [g, b], which starts at [1, 0].

    x     = AdaIN(act(b + noise + f(x)), A(w))
    f     = the constant itself, blur(conv(nearest(x))) or conv(x)

Two such layers at each resolution, and one ToRGB behind the last. The blur is the
binomial [1, 2, 1] (section 3). Differs from the paper: one learned strength of noise a
layer, not one a channel.
"""

from scratchgan.layers import (
    AdaIN,
    Bias,
    Concatenate,
    Constant,
    Conv2d,
    Dense,
    Equalized,
    Graph,
    Layer,
    Node,
    NoiseInjection,
    Sequential,
    UpFirDn2d,
    UpsampleNearest,
)
from scratchgan.networks.style_generator import channels_at, latents, resolutions
from scratchgan.networks.stylegan2 import activation, affine


def adain_synthesis(
    resolution: int, channel_base: int, channel_max: int = 512, image_channels: int = 3
) -> Graph:
    """StyleGAN's synthesis: ws (N, L, W) to an image (N, R, R, C).

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
        *latents(2 * len(sizes)),
        Node("constant", Constant((4, 4, widths[0])), ("w0",)),
        *styled_layer("4_first", ("constant", "w0", "h4"), [], widths[0]),
        *styled_layer("4", ("h4", "w1", "x4"), [_conv(widths[0])], widths[0]),
    ]
    for i, (r, width) in enumerate(zip(sizes[1:], widths[1:], strict=True), start=1):
        grow = [UpsampleNearest(2), _conv(width), UpFirDn2d((1, 2, 1), padding=1)]
        below, w1, w2 = f"x{r // 2}", f"w{2 * i}", f"w{2 * i + 1}"
        nodes += [
            *styled_layer(f"{r}_up", (below, w1, f"h{r}"), grow, width),
            *styled_layer(f"{r}", (f"h{r}", w2, f"x{r}"), [_conv(width)], width),
        ]
    rgb = Equalized(Conv2d(image_channels, 1))
    nodes.append(Node("image", rgb, (f"x{resolution}",)))
    return Graph(("ws",), tuple(nodes), ("image",))


def styled_layer(
    tag: str, values: tuple[str, str, str], f: list[Layer], features: int
) -> tuple[Node, ...]:
    """One layer; `values` are the names of x, of w and of the result."""
    x, w, result = values
    gain, shift, style, act = (f"{n}{tag}" for n in ("gain", "shift", "style", "act"))
    end = [NoiseInjection(), Bias(), *activation()]
    return (
        Node(act, Sequential([*f, *end]), (x,)),
        Node(gain, affine(features), (w,)),
        Node(shift, Equalized(Dense(features)), (w,)),
        Node(style, Concatenate(), (gain, shift)),
        Node(result, AdaIN(), (act, style)),
    )


def _conv(features: int) -> Equalized:
    return Equalized(Conv2d(features, 3, 1, 1, bias=False))
