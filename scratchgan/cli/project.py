"""`scratchgan project`: the latent whose image comes nearest to a given one."""

from pathlib import Path

import numpy as np

from scratchgan.cli.run import newest_state, read_run
from scratchgan.cli.sample import save_numbers
from scratchgan.data.images import read_image
from scratchgan.training.folder import Folder
from scratchgan.training.pictures import save_sheet
from scratchgan.training.project import project
from scratchgan.training.styled_samples import trained


def project_command(
    run: Path, image: Path, out: Path | None, steps: int, per_layer: bool
) -> str:
    """Write target and projection side by side, and ws; return a line about both.

    Raises
    ------
    FileNotFoundError
        If there is no run, no checkpoint or no image.
    FileExistsError
        If the picture, or the .npy beside it, exists.
    ValueError
        If the run has no styles, or the image is none or of another size.
    """
    folder = Folder(run)
    recipe, config = read_run(folder)
    out = out or run / f"projection-{image.stem}.png"
    numbers = out.with_suffix(".npy")
    _require_new(out, numbers)
    system = recipe.build(config.settings, config.data_shape)
    state = newest_state(folder, config, system)
    generator = trained(system, state, "project")
    if not image.is_file():
        raise FileNotFoundError(f"image: {image}: no such file")
    pixels = read_image(image)
    target = np.linspace(*config.value_range, 256).astype(np.float32)[pixels]
    found = project(generator, target, steps, per_layer)
    both = np.stack([target, found.image])
    save_sheet(out, both, 2, config.value_range)
    save_numbers(numbers, found.ws)
    first, last = found.losses
    return (
        f"mean square difference of pixels {first:.4f} at the mean w, {last:.4f} after "
        f"{steps} steps: {out}, {numbers}"
    )


def _require_new(out: Path, numbers: Path) -> None:
    if out.suffix != ".png":
        raise ValueError(f"--out: expected a .png file, received {out}")
    for path in (out, numbers):
        if path.exists():
            raise FileExistsError(f"--out: {path} exists; choose another file")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out: {out.parent} is not a folder")
