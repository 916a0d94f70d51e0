"""`sample --neighbours` and `sample --real`, on runs of two steps."""

import numpy as np
import pytest
from PIL import Image
from runs import images, one_line, run, scratchgan, trainer

from scratchgan.cli.sample import Request, sample_command
from scratchgan.data import load, load_array

CONDITIONAL = {"dim": 3, "latent_size": 3, "batch_size": 4, "steps": 2,
               "checkpoint_every": 2, "sample_every": 2}  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs")
    run(trainer(path / "digits", "wgan-gp-digits", "digits", steps=2))
    few = images(path / "few.npy", 4)
    run(trainer(path / "few", "wgan-gp-digits", few, steps=2))
    run(trainer(path / "ring", "gan-ring", "ring", steps=2))
    run(trainer(path / "classes", "projection-digits", "digits", **CONDITIONAL))
    return path


def numbers(runs, name, n, seed=0, **asked):
    out = runs / f"{name}-{n}-{seed}-{'-'.join(asked)}.npy"
    request = Request(runs / name, n, out, seed, False)._replace(**asked)
    printed = sample_command(request)
    return np.load(out), printed


def test_every_sample_is_followed_by_its_neighbours(runs):
    rows, printed = numbers(runs, "digits", 3, seed=5, neighbours=True)
    assert "3 rows of a sample and its 5 nearest training images" in printed
    plain, _ = numbers(runs, "digits", 3, seed=5)
    rows = rows.reshape(3, 6, 28, 28, 1)
    np.testing.assert_array_equal(rows[:, 0], plain)
    data = load_array("digits")
    real = data.scaled(data.samples)
    for row in rows:
        apart = np.sqrt(((real - row[0]) ** 2).sum((1, 2, 3)))
        found = np.sqrt(((row[1:] - row[0]) ** 2).sum((1, 2, 3)))
        np.testing.assert_allclose(found, np.sort(apart)[:5], rtol=1e-4)


def test_neighbours_are_drawn(runs):
    done = scratchgan("sample", runs / "digits", "--neighbours", "-n", 2)
    assert done.returncode == 0, done.stderr
    with Image.open(runs / "digits" / "neighbours-0.png") as picture:
        assert picture.width > 2.5 * picture.height
    labelled, _ = numbers(runs, "classes", 2, neighbours=True)
    assert labelled.shape == (12, 28, 28, 1)


def test_real_samples_are_those_of_the_seed_and_drawn_alike(runs):
    real, printed = numbers(runs, "digits", 7, seed=4, real=True)
    assert "7 real samples of digits" in printed
    np.testing.assert_array_equal(real, load("digits").batch(4, 0, 7))
    for kind in ("sample", "real"):
        asked = ("--real",) if kind == "real" else ()
        done = scratchgan("sample", runs / "digits", "-n", 9, *asked)
        assert done.returncode == 0, done.stderr
    sizes = set()
    for kind in ("sample", "real"):
        with Image.open(runs / "digits" / f"{kind}-0.png") as picture:
            sizes.add(picture.size)
    assert len(sizes) == 1


def test_real_samples_have_the_classes_of_generated_ones(runs):
    real, _ = numbers(runs, "classes", 20, real=True)
    data = load_array("digits")
    every = {image.tobytes(): i for i, image in enumerate(data.scaled(data.samples))}
    labels = [data.labels[every[image.tobytes()]] for image in real]
    np.testing.assert_array_equal(labels, np.arange(20) // 2)
    assert len({image.tobytes() for image in real}) == 20


def test_real_points_are_drawn(runs):
    done = scratchgan("sample", runs / "ring", "--real", "-n", 50)
    assert done.returncode == 0, done.stderr
    assert "50 real samples of ring" in done.stdout
    with Image.open(runs / "ring" / "real-0.png") as picture:
        assert picture.width == picture.height
    points, _ = numbers(runs, "ring", 50, real=True)
    np.testing.assert_array_equal(points, load("ring").batch(0, 0, 50))


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("ring", ["--neighbours"], ["expected a run on images", "shape (2,)"]),
        ("few", ["--neighbours"], ["at least 5 training images, received 4"]),
        ("few", ["--real", "-n", 5], ["-n: expected at most 4, the samples of"]),
        ("classes", ["--real", "-n", 20_000], ["samples of class 0 in digits"]),
        ("digits", ["--real", "--neighbours"], ["expected without --real"]),
        ("digits", ["--real", "--psi", 0.5], ["--psi: expected without --real"]),
        ("digits", ["--neighbours", "--mix"], ["--mix: expected without --neigh"]),
    ],
)
def test_what_cannot_be_drawn_is_one_line(runs, name, asked, words, tmp_path):
    out = tmp_path / "a.png"
    one_line(scratchgan("sample", runs / name, *asked, "--out", out), *words)
    assert not out.exists()


def test_systems_with_sheets_of_their_own_have_no_real_ones(tmp_path):
    data = images(tmp_path / "images.npy", 12, 32)
    settings = {"dim": 2, "batch_size": 1, "steps": 1}
    run(
        trainer(tmp_path / "run", "cyclegan-digits-small", f"{data},{data}", **settings)
    )
    request = Request(tmp_path / "run", 2, None, 0, False, real=True)
    with pytest.raises(ValueError, match="--real: expected a run on images, points"):
        sample_command(request)


def test_other_data_than_the_run_had_are_refused(tmp_path):
    data = images(tmp_path / "images.npy", 12)
    run(trainer(tmp_path / "run", "wgan-gp-digits", data, steps=1))
    np.save(data, 255 - np.load(data))
    for asked in ("--real", "--neighbours"):
        done = scratchgan("sample", tmp_path / "run", asked)
        one_line(done, "is not what", "was trained on", "digest")
