"""`scratchgan translate`: images of one set as the other one, by a trained run."""

import io
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from scratchgan.cli.run import newest_state, read_run
from scratchgan.cli.score import Target, score_lines
from scratchgan.data.images import SUFFIXES, image_paths, read_image
from scratchgan.data.named import READERS
from scratchgan.data.sides import TESTS, coloured, read_set
from scratchgan.layers import INFERENCE
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.cycle_show import Translations
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array, Shape

SIDES = "AB"
AT_A_TIME = 64  # images in one forward pass


class Input(NamedTuple):
    """What is translated."""

    names: list[str]  #: stems of the files that are written
    images: Array  #: uint8 (N, H, W, C)
    labels: Array | None
    single: bool  #: whether one image was named


def translate_command(
    run: Path, source: str, to: str, out: Path | None, score: bool
) -> list[str]:
    """Write translations, or score them; return lines to print.

    Raises
    ------
    ValueError, OSError
        If the run is of another kind, the input does not fit it, or `out` exists.
    """
    folder = Folder(run)
    recipe, config = read_run(folder)
    side = _side(to)
    system = recipe.build(config.settings, config.data_shape)
    if not isinstance(system.show, Translations):
        raise ValueError(
            f"RUN: expected a run between two sets, received one of {recipe.name}"
        )
    margins = margins_of(config.settings)
    given = read_input(source, config.data_shape[0], margins[1 - side])  # type: ignore[arg-type]
    if out is None and not score:
        out = run / f"{Path(source).stem}-to-{to}{'.png' if given.single else ''}"
    if out is not None:
        _require_new(out, given.single)
    state = newest_state(folder, config, system)
    images = translated(system, state, given.images, side, config)
    lines = []
    if score:
        size = config.data_shape[0][0]  # type: ignore[index]
        target = Target(config.data, side, size, margins[side])
        lines += score_lines(target, source, given.images, images, given.labels)
    if out is not None:
        _save(out, given, images)
        lines.append(f"{len(images)} translations to {to}: {out}")
    return lines


def margins_of(settings: Any) -> tuple[int, int]:
    """What A's and B's images lose before they are fitted."""
    return settings.margin_a, settings.margin_b


def read_input(source: str, shape: Shape, margin: int = 0) -> Input:
    """An image, a folder of images, or a named set's held-out images.

    Files must have the size that the networks were trained for; a named set is fitted
    to it, as in the training.

    Raises
    ------
    ValueError
        If there is none, or an image has another size.
    """
    path = Path(source)
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        image = read_image(path)
        return Input([path.stem], _fitting(image, shape, path)[None], None, True)
    if path.is_dir():
        paths = image_paths(path)
        images = [_fitting(read_image(each), shape, each) for each in paths]
        return Input([each.stem for each in paths], np.stack(images), None, False)
    if source not in READERS:
        raise ValueError(
            "INPUT: expected an image, a folder of images or the name of a data set "
            f"({', '.join(READERS)}), received {source!r}"
        )
    part = read_set(source, "test" if source in TESTS else "train", shape[0], margin)
    images = [_fitting(image, shape, path) for image in part.images]
    names = [f"{i:05d}" for i in range(len(images))]
    return Input(names, np.stack(images), part.labels, False)


def translated(
    system: System, state: TrainingState, images: Array, side: int, config: RunConfig
) -> Array:
    """uint8 images as the generator that makes set `side` redraws them."""
    name = f"to_{SIDES[side].lower()}"
    nodes = system.players[system.generator].network.nodes  # type: ignore[attr-defined]
    network = next(node.layer for node in nodes if node.name == name)
    params = state.players[system.generator].params[name]
    low, high = config.value_range
    table = np.linspace(low, high, 256).astype(np.float32)
    made = [
        network.forward(params, table[images[i : i + AT_A_TIME]], INFERENCE)[0]
        for i in range(0, len(images), AT_A_TIME)
    ]
    share = (np.concatenate(made) - low) / (high - low)
    return (255 * share.clip(0, 1)).round().astype(np.uint8)


def _side(to: str) -> int:
    if to.upper() not in tuple(SIDES):
        raise ValueError(f"--to: expected A or B, received {to!r}")
    return SIDES.index(to.upper())


def _fitting(image: Array, shape: Shape, path: Path) -> Array:
    """`image`, grey as colour where that is asked for; of the right size."""
    height, width, channels = shape
    if image.shape[:2] != (height, width) or image.shape[2] > channels:
        received = f"{image.shape[1]} × {image.shape[0]} of {image.shape[2]}"
        raise ValueError(
            f"INPUT: {path}: expected an image of {width} × {height} of {channels} "
            f"channel(s), received {received}"
        )
    return coloured(image, channels)


def _require_new(out: Path, single: bool) -> None:
    if single and out.suffix != ".png":
        raise ValueError(f"--out: expected a .png file for one image, received {out}")
    if out.exists():
        raise FileExistsError(f"--out: {out} exists; choose another")
    if not out.resolve().parent.is_dir():
        raise FileNotFoundError(f"--out: {out.resolve().parent} is not a folder")


def _save(out: Path, given: Input, images: Array) -> None:
    """One file, or a folder that is there with all of its files or not at all."""
    if given.single:
        write_atomically(out, _png(images[0]))
        return
    temporary = out.resolve().with_name(f".{out.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    for name, image in zip(given.names, images, strict=True):
        (temporary / f"{name}.png").write_bytes(_png(image))
    os.rename(temporary, out)


def _png(image: Array) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    grey = image.shape[-1] == 1
    Image.fromarray(image[..., 0] if grey else image).save(buffer, format="PNG")
    return buffer.getvalue()
