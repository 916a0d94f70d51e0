"""`sample --psi`, `--mix` and `project`, on a run of two steps."""

import numpy as np
import pytest
from PIL import Image
from runs import run, scratchgan, trainer

from scratchgan import recipes
from scratchgan.cli.project import project_command
from scratchgan.cli.sample import Request, sample_command

STYLES = {"resolution": 8, "channel_base": 24, "channel_max": 3, "latent_size": 3,
          "mapping_layers": 1, "batch_size": 4, "steps": 2, "log_every": 1,
          "checkpoint_every": 2, "sample_every": 2}  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A run of each kind: with styles, and without."""
    path = tmp_path_factory.mktemp("runs")
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 8), np.uint8)
    np.save(path / "images.npy", pixels)
    Image.fromarray(pixels[0]).save(path / "one.png")
    data = str(path / "images.npy")
    run(trainer(path / "styles", "stylegan2-digits-small", data, **STYLES))
    run(trainer(path / "plain", "wgan-gp-digits", data, steps=2, dim=4))
    return path


def test_sheets_of_styles_are_written(folders):
    def numbers(name, **asked):
        out = folders / name
        request = Request(folders / "styles", 3, out, 0, asked.pop("rows", False))
        sample_command(request._replace(**asked))
        return np.load(out)

    plain, whole = numbers("a.npy"), numbers("b.npy", psi=1.0)
    np.testing.assert_allclose(plain, whole, atol=1e-5)
    mean = numbers("c.npy", psi=0.0)
    np.testing.assert_array_equal(mean, np.repeat(mean[:1], 3, axis=0))
    assert numbers("d.npy", mix=True).shape == (16, 8, 8, 1)
    rows = numbers("f.npy", truncation=True).reshape(3, 11, 8, 8, 1)
    np.testing.assert_allclose(rows[:, 0], mean, atol=1e-5)
    np.testing.assert_allclose(rows[:, -1], plain, atol=1e-5)
    half = numbers("g.npy", psi=0.5)
    np.testing.assert_allclose(rows[:, 5], half, atol=1e-5)
    assert numbers("e.npy", rows=True).shape == (30, 8, 8, 1)
    done = scratchgan("sample", folders / "styles", "--mix", "-n", 2, "--psi", 0.7)
    assert "9 samples of step 2" in done.stdout
    assert (folders / "styles" / "mixing-0.png").is_file()


@pytest.mark.parametrize("asked", [{"psi": 0.5}, {"mix": True}, {"truncation": True}])
def test_a_run_without_styles_is_refused(folders, asked):
    request = Request(folders / "plain", 3, folders / "no.npy", 0, False)
    (option,) = asked
    with pytest.raises(ValueError, match=f"--{option}: expected a run of a style-"):
        sample_command(request._replace(**asked))
    assert not (folders / "no.npy").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"psi": float("nan")}, "--psi: expected a finite number, received nan"),
        ({"mix": True, "interpolate": True}, "--mix: expected without --interpolate"),
        ({"truncation": True, "psi": 0.5}, "--psi: expected without --truncation"),
    ],
)
def test_what_makes_no_sense_is_named(folders, asked, message):
    request = Request(folders / "styles", 3, folders / "no.npy", 0, False)
    with pytest.raises(ValueError, match=message):
        sample_command(request._replace(**asked))


def test_a_projection_leaves_a_picture_and_its_latents(folders):
    done = scratchgan("project", folders / "styles", folders / "one.png", "--steps", 20)
    assert done.returncode == 0, done.stderr
    before, after = (
        float(w) for w in done.stdout.split() if w.startswith(("0.", "1."))
    )
    assert after < before
    out = folders / "styles" / "projection-one.png"
    with Image.open(out) as picture:
        assert picture.width > 1.8 * picture.height  # target | projection
    assert np.load(out.with_suffix(".npy")).shape == (4, 3)
    again = scratchgan("project", folders / "styles", folders / "one.png")
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1
    assert "exists; choose another file" in again.stderr


@pytest.mark.parametrize(
    ("run_name", "size", "out", "kind", "message"),
    [
        ("styles", (9, 8), "x.png", ValueError, r"image: expected shape \(8, 8, 1\)"),
        ("plain", (8, 8), "x.png", ValueError, "project: expected a run of a style"),
        ("styles", (8, 8), "x.jpg", ValueError, "--out: expected a .png file"),
        ("styles", (8, 8), "images.npy", ValueError, "--out: expected a .png"),
        ("styles", (8, 8), "one.png", FileExistsError, "one.png exists; choose"),
        ("styles", (8, 8), "no/x.png", FileNotFoundError, "is not a folder"),
        ("styles", None, "x.png", FileNotFoundError, "image: .* no such file"),
        ("nothing", (8, 8), "x.png", FileNotFoundError, "no run here"),
    ],
)
def test_bad_input_to_project_is_one_line(
    folders, tmp_path, run_name, size, out, kind, message
):
    image = tmp_path / "image.png"
    if size is not None:
        Image.new("L", size).save(image)
    with pytest.raises(kind, match=message):
        project_command(folders / run_name, image, folders / out, 2, False)
    assert not (folders / "x.png").exists()


def test_digits_get_a_border_up_to_the_resolution():
    recipe = recipes.get("stylegan2-digits-small")
    data = recipe.load("digits", recipe.settings())
    assert data.shape == (32, 32, 1)
    x = data.batch(0, 0, 20)
    assert (x[:, :2] == -1).all()
    assert (x[:, :, -2:] == -1).all()
    assert x.max() == 1
    inside = recipes.get("wgan-gp-digits").load("digits", None).batch(0, 0, 20)
    np.testing.assert_allclose(x[:, 2:-2, 2:-2], 2 * inside - 1, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "shape", "message"),
    [
        ({}, (64, 64, 3), r"resolution=256 takes images of shape \(256, 256, C\)"),
        ({"resolution": 48}, (48, 48, 3), "resolution: expected a power of two"),
        ({"architecture": "gan"}, (256, 256, 3), "expected stylegan2 or stylegan"),
    ],
)
def test_what_cannot_be_built_is_named(settings, shape, message):
    recipe = recipes.get("stylegan2")
    with pytest.raises(ValueError, match=message):
        recipe.build(recipe.settings(**settings), shape)


def test_settings_are_those_of_configuration_f():
    s = recipes.get("stylegan2").settings()
    assert (s.resolution, s.channel_base, s.channel_max) == (256, 32768, 512)
    assert (s.latent_size, s.mapping_layers, s.mapping_rate) == (512, 8, 0.01)
    assert (s.learning_rate, s.beta1, s.beta2, s.batch_size) == (0.002, 0, 0.99, 32)
    assert (s.r1_gamma, s.r1_every, s.pl_weight, s.pl_every) == (10, 16, 2, 4)
    assert (s.mixing, s.ema_images, s.stddev_group) == (0.9, 10_000, 4)
