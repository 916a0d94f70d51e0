"""StyleGAN2's phases and players as a system."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scratchgan.layers import Graph, Layer
from scratchgan.optim import EMA, Adam, lazy
from scratchgan.rng import Stream
from scratchgan.training.repeats import Every
from scratchgan.training.style import StyleGAN
from scratchgan.training.styles import Styles
from scratchgan.training.system import Phase, Player, System
from scratchgan.types import Array, Shape


def style_system(style: StyleGAN, shape: Shape, adam: Adam, average: EMA) -> System:
    """Players and phases for images of `shape`.

    Parameters
    ----------
    style : StyleGAN
        Networks and objectives.
    shape : tuple of int
        Of an image.
    adam : Adam
        Of both players, before its correction for lazy phases.
    average : EMA
        Of the generator, which samples are drawn with.
    """
    size = style.mixing.latent_size
    _, (w_size,) = style.mapping.init(np.random.default_rng(0), (size,))
    first = lazy(adam, style.r1_every) if style.r1_gamma else adam
    second = lazy(adam, style.pl_every) if style.pl_weight else adam

    def make_phases(networks: Mapping[str, Layer]) -> tuple[Phase, ...]:
        generator, discriminator = networks["generator"], networks["discriminator"]
        assert isinstance(generator, Graph)
        return phases(replace(style, generator=generator, discriminator=discriminator))

    memory = {"w_mean": np.zeros(w_size), "path_length": np.zeros(1)}
    if style.adaptation is not None:
        memory |= style.adaptation.memory
    styles = Styles(style.generator, style.mixing.layers)
    return System(
        players={
            "discriminator": Player(style.discriminator, shape, first),
            "generator": Player(style.generator, (size,), second, average),
        },
        phases=phases(style),
        generator="generator",
        latent=Latent(size),
        make_phases=make_phases,
        memory=memory,
        make=styles.make,
        styles=styles,
    )


def phases(style: StyleGAN) -> tuple[Phase, ...]:
    """In the order of a step; a penalty of weight zero has none."""
    size, half = style.batch_size, style.path_length_batch
    found = [
        Phase(
            "discriminator",
            "discriminator",
            style.discriminator_objective,
            batch_size=size,
        )
    ]
    if style.r1_gamma:
        every = Every(style.r1_every, last=True)
        r1 = Phase("r1", "discriminator", style.r1_objective, every, size)
        found.append(r1)
    if style.pl_weight:
        every, objective = Every(style.pl_every, last=True), style.path_length_objective
        found.append(
            Phase("path_length", "generator", objective, every, half, averages=False)
        )
    main = Phase("generator", "generator", style.generator_objective, batch_size=size)
    return (*found, main)


@dataclass(frozen=True)
class Latent:
    """Standard normal z.

    Parameters
    ----------
    size : int
        Its length.
    """

    size: int

    def __call__(self, stream: Stream, tick: int, n: int) -> Array:
        """`n` latents, ``(n, size)``."""
        return stream.normal(tick, (n, self.size))
