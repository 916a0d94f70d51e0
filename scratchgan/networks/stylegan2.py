"""Blocks of StyleGAN2 (Karras et al. 2020, figs. 2 and 7), as straight-line programs.

A synthesis block takes features x, the image so far and a latent w, and returns both,
each twice as large:

    h     = act(b + noise + blur(conv↑(x; A(w))))
    x′    = act(b + noise + conv(h; A(w)))
    img′  = up(img) + toRGB(x′; A(w))                       the skip generator

with modulated convolutions, A a learned affine map to a style that starts at one, and
act = √2 · LeakyReLU. A discriminator block halves its image along two ways:

    y     = √½ (conv↓(blur(act(conv(x)))) + conv1×1↓(blur(x)))        the residual one

and the last one appends MinibatchStddev. All weights have equalised learning rates.
"""

from scratchgan.layers import (
    Add,
    Bias,
    Conv2d,
    Dense,
    Equalized,
    Flatten,
    Graph,
    Layer,
    LeakyReLU,
    MinibatchStddev,
    ModulatedConv2d,
    Node,
    NoiseInjection,
    Residual,
    Scale,
    Sequential,
    UpFirDn2d,
)

#: The FIR filter of all resampling.
FIR = (1, 3, 3, 1)


def synthesis_block(
    channels: int, features: int, image_channels: int = 3, *, noise_start: float = 0.0
) -> Graph:
    """One block of the skip generator; inputs x, image and w, outputs x′ and image′.

    Parameters
    ----------
    channels, features : int
        Channels of x and of x′.
    image_channels : int
        Channels of the image.
    noise_start : float
        Initial strength of the noise.
    """
    wide, plain, colour = ("x", "w", "h"), ("h", "w", "x2"), ("x2", "w", "colour")
    return Graph(
        inputs=("x", "image", "w"),
        nodes=(
            *styled_conv("1", wide, channels, features, 2, noise_start),
            *styled_conv("2", plain, features, features, 1, noise_start),
            *styled_rgb("", colour, features, image_channels),
            *grown_image(("image", "colour", "image2")),
        ),
        outputs=("x2", "image2"),
    )


def styled_conv(
    tag: str,
    values: tuple[str, str, str],
    channels: int,
    features: int,
    up: int = 1,
    noise_start: float = 0.0,
) -> tuple[Node, ...]:
    """Act(b + noise + conv(x; A(w))), blurred behind the convolution if it grows.

    Parameters
    ----------
    tag : str
        What the names of the style and of the convolution end in.
    values : (str, str, str)
        Names of x, of w and of the result.
    channels, features : int
        Of x and of the result.
    up : int
        2 for twice as many pixels a side.
    noise_start : float
        Initial strength of the noise.
    """
    x, w, result = values
    style, conv = f"style{tag}", f"conv{tag}"
    blur = [UpFirDn2d(FIR, padding=1, gain=4.0)] if up == 2 else []
    end = Sequential([*blur, NoiseInjection(noise_start), Bias(), *activation()])
    modulated = Equalized(ModulatedConv2d(features, 3, 0 if up == 2 else 1, up))
    return (
        Node(style, affine(channels), (w,)),
        Node(conv, modulated, (x, style)),
        Node(result, end, (conv,)),
    )


def styled_rgb(
    tag: str, values: tuple[str, str, str], channels: int, image_channels: int
) -> tuple[Node, ...]:
    """B + toRGB(x; A(w)), with `values` the names of x, of w and of the result."""
    x, w, result = values
    style, rgb = f"style_rgb{tag}", f"rgb{tag}"
    return (
        Node(style, affine(channels), (w,)),
        Node(rgb, to_rgb(image_channels), (x, style)),
        Node(result, Bias(), (rgb,)),
    )


def grown_image(values: tuple[str, str, str]) -> tuple[Node, ...]:
    """Up(img) + colour, with `values` the names of img, of colour and of the sum."""
    image, colour, result = values
    larger = f"larger_{result}"
    up = UpFirDn2d(FIR, 2, 1, ((2, 1), (2, 1)), 4.0)
    return Node(larger, up, (image,)), Node(result, Add(), (larger, colour))


def discriminator_block(channels: int, features: int) -> Sequential:
    """One block of the residual discriminator, (H, W, C) to (H/2, W/2, O).

    Parameters
    ----------
    channels, features : int
        Channels in and out.
    """
    main = Sequential(
        [
            Equalized(Conv2d(channels, 3, 1, 1)),
            *activation(),
            UpFirDn2d(FIR, padding=2),
            Equalized(Conv2d(features, 3, 2)),
            *activation(),
        ]
    )
    skip = Sequential(
        [
            UpFirDn2d(FIR, down=2, padding=1),
            Equalized(Conv2d(features, 1, bias=False)),
        ]
    )
    return Sequential([Residual(main, skip), Scale(0.5**0.5)])


def discriminator_epilogue(
    features: int, group: int = 4, stddev_features: int = 1
) -> Sequential:
    """From the last features to one score a sample, by way of MinibatchStddev.

    Parameters
    ----------
    features : int
        Channels of the last convolution and of the dense layer behind it.
    group, stddev_features : int
        Of `MinibatchStddev`.
    """
    return Sequential(
        [
            MinibatchStddev(group, stddev_features),
            Equalized(Conv2d(features, 3, 1, 1)),
            *activation(),
            Flatten(),
            Equalized(Dense(features)),
            *activation(),
            Equalized(Dense(1)),
        ]
    )


def activation() -> list[Layer]:
    """√2 · LeakyReLU, which keeps the scale of what flows through it."""
    return [LeakyReLU(0.2), Scale(2**0.5)]


def affine(features: int) -> Equalized:
    """A: w to a style around one."""
    return Equalized(Dense(features), bias_start=1.0)


def to_rgb(image_channels: int) -> Equalized:
    """Features to an image: modulated, not demodulated."""
    return Equalized(ModulatedConv2d(image_channels, 1, 0, demodulate=False))
