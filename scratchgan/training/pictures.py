"""What a run shows: sheets of samples, points in the plane, curves of losses.

Files are written like checkpoints: whole or not at all.
"""

import io
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from scratchgan.metrics.meanings import MEANINGS
from scratchgan.training.checkpoint import write_atomically
from scratchgan.types import Array

#: Pixels of a sheet's longer side, at least.
SHEET_PIXELS = 560
FEW = 30  # values of a curve, up to which each is marked
TITLE_LETTERS = 70  # of a curve, in one line: as many as fit above it
GAP = 2  # pixels between tiles, before enlarging
PAPER, INK = "#ffffff", "#33322e"
BLUE, ORANGE, GREY = "#2f6f9f", "#c8553d", "#b9b6ae"

#: What each logged quantity is, and which way is better.
MEANING = {
    "critic_loss": "critic's loss: E f(fake) − E f(real), and its penalty",
    "discriminator_loss": "discriminator's loss (cross-entropy: 1.39 if undecided)",
    "discriminators_loss": "discriminators' loss (½ where they cannot tell)",
    "generators_loss": "generators' adversarial loss (½ where D cannot tell)",
    "cycle_loss": "mean |F(G(a)) − a| + |G(F(b)) − b|",
    "identity_loss": "mean |F(a) − a| + |G(b) − b|",
    "generator_loss": "generator's loss (no scale of its own for a WGAN)",
    "nearest_distance": "distance to the nearest real image, over that of real ones",
    "label_entropy": "bits in the labels of the nearest real images (10 classes: 3.32)",
    "r1_penalty": "R1: γ/2 times the mean ‖∇ₓD(x)‖² of real samples",
    "path_length": "mean path length (its target is a running mean of it)",
    "path_length_penalty": "spread of path lengths around their target, times λ",
    "penalty": "gradient penalty (lower is closer to 1-Lipschitz)",
    "wasserstein": "critic's estimate of W₁ (falls as the generator learns)",
    "input_gradient_norm": "mean ‖∇ₓD(x̂)‖ (WGAN-GP and DRAGAN ask for 1)",
    "speed": "pixels a frame that the brightness moves (as in real videos)",
    "flicker": "variation of the brightness over time (as in real videos)",
    "likeness": "cosine of two frames, centred (as in real videos)",
    "real_score": "mean score of real samples, before any sigmoid",
    "fake_score": "mean score of generated samples, before any sigmoid",
    "label_agreement": "share of samples whose nearest real one has their label",
    "real_sign": "mean sign of real samples' scores (1: known by heart)",
    "r_v": "held-out images' place between trained on (0) and generated (1)",
    "augment_p": "probability p of each augmentation",
    "spectrum_distance": "mean spectrum: dB from held-out recordings (lower is better)",
    "envelope_distance": "mean envelope: share off held-out recordings (lower)",
    **{
        f"jsd_{n}": f"{n}-grams: divergence from held-out text, bits (0 is best)"
        for n in range(1, 7)
    },
}


def curve_title(name: str) -> str:
    """What a quantity means, and which way is better."""
    if name not in MEANINGS:
        return MEANING[name]
    meaning = MEANINGS[name]
    better = f" ({meaning.better} is better)" if meaning.better else ""
    return meaning.text + better


def sheet(
    images: Array,
    columns: int,
    value_range: tuple[float, float],
    pixels: int = SHEET_PIXELS,
) -> Array:
    """Tile images (N, H, W, C) into one uint8 picture (height, width, C).

    Values outside `value_range` are clipped; tiles are filled row by row. The longer
    side is enlarged, by a whole factor, to at least `pixels`.
    """
    return enlarged(tiled(images, columns, value_range), pixels)


def tiled(images: Array, columns: int, value_range: tuple[float, float]) -> Array:
    """Tile images as `sheet` does, before it enlarges them."""
    low, high = value_range
    tiles = np.clip((images - low) / (high - low), 0, 1)
    n, h, w, c = images.shape
    rows = -(-n // columns)
    picture = np.ones((rows * (h + GAP) + GAP, columns * (w + GAP) + GAP, c))
    for i, tile in enumerate(tiles):
        top = GAP + i // columns * (h + GAP)
        left = GAP + i % columns * (w + GAP)
        picture[top : top + h, left : left + w] = tile
    return (picture * 255).round().astype(np.uint8)


def enlarged(picture: Array, pixels: int = SHEET_PIXELS) -> Array:
    """Repeat the pixels of (H, W, C) until the longer side has at least so many."""
    factor = max(1, -(-pixels // max(picture.shape[:2])))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def save_sheet(
    path: Path, images: Array, columns: int, value_range: tuple[float, float]
) -> None:
    """Write a sheet of images as PNG.

    Raises
    ------
    ValueError
        If images are not grey (C = 1) or colour (C = 3).
    """
    save_picture(path, sheet(images, columns, value_range))


def save_picture(path: Path, picture: Array) -> None:
    """Write uint8 (H, W, C) as PNG.

    Raises
    ------
    ValueError
        If it is not grey (C = 1) or colour (C = 3).
    """
    from PIL import Image

    if picture.shape[-1] not in (1, 3):
        raise ValueError(
            f"images: expected 1 or 3 channels, received {picture.shape[-1]}"
        )
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    write_atomically(path, png(image))


def save_points(
    path: Path, points: Array | None, real: Array, title: str, reach: float
) -> None:
    """Write points (N, 2) over real ones, or these alone, as PNG.

    The window is [−reach, reach]².
    """
    figure, axes = figure_and_axes(5.6, 5.6)
    scatter(axes, real, GREY, label="real")
    if points is not None:
        scatter(axes, points, ORANGE, alpha=0.6, label="generated")
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), title=title, aspect="equal")
    axes.legend(loc="upper right", frameon=False, markerscale=3)
    save_figure(path, figure)


def reach_of(real: Array) -> float:
    """Half the side of the window that shows real points (N, 2) with some room."""
    return 1.3 * (float(np.abs(real).max()) or 1.0)


def save_losses(path: Path, lines: list[dict[str, Any]], title: str) -> None:
    """Write the curves of metrics.jsonl as PNG; nothing where there are none."""
    figure = curves(lines, title)
    if figure is not None:
        save_figure(path, figure)


def curves(lines: list[dict[str, Any]], title: str) -> Any:
    """Draw every quantity of metrics.jsonl over the steps; None if there is none.

    In the order of the last line; behind it, what only other lines have.
    """
    known = dict.fromkeys(name for line in lines[-1:] + lines for name in line)
    names = [name for name in known if name in MEANING or name in MEANINGS]
    if not names:
        return None
    from matplotlib.figure import Figure

    rows = -(-len(names) // 2)
    figure = Figure(figsize=(10, 2.5 * rows), facecolor=PAPER, layout="constrained")
    figure.suptitle(title, color=INK)
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, 2, i + 1)
        plain(axes)
        steps = [line["step"] for line in lines if name in line]
        values = [line[name] for line in lines if name in line]
        few = "." if len(values) <= FEW else ""
        axes.plot(steps, values, color=BLUE, linewidth=0.9, marker=few, markersize=4)
        meaning = textwrap.fill(curve_title(name), TITLE_LETTERS)
        axes.set_title(meaning, fontsize=9, color=INK, loc="left")
        axes.margins(x=0.01)
        if i >= len(names) - 2:
            axes.set_xlabel("training step", fontsize=9, color=INK)
    return figure


def scatter(axes: Any, points: Array, colour: str, **options: Any) -> None:
    """Draw points (N, 2) as dots."""
    axes.scatter(*points.T, color=colour, linewidths=0, **({"s": 5} | options))


def figure_and_axes(width: float, height: float) -> tuple[Any, Any]:
    """A matplotlib figure of so many inches with one pair of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot()
    plain(axes)
    return figure, axes


def plain(axes: Any) -> None:
    """Leave of the frame of `axes` what is needed."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    axes.grid(color="#e8e6e1", linewidth=0.6)
    axes.set_axisbelow(True)


def save_figure(path: Path, figure: Any) -> None:
    """Write a matplotlib figure as PNG."""
    buffer = io.BytesIO()
    # no version in the file: equal runs leave equal bytes
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    write_atomically(path, buffer.getvalue())


def png(image: Any) -> bytes:
    """A Pillow image as the content of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def font(pixels: int) -> Any:
    """The font of all pictures, of that height; it comes with Matplotlib."""
    from matplotlib import get_data_path
    from PIL import ImageFont

    return ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", pixels)
