"""`scratchgan translate`: files in, files out, and what it says of bad input."""

import numpy as np
import pytest
from PIL import Image
from runs import one_line, scratchgan

SMALL = ("dim=2", "blocks=1", "discriminator_dim=2", "batch_size=2", "pool_size=2",
         "size=12", "load_size=12")  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Two folders of grey images, and a run of four steps between them."""
    path = tmp_path_factory.mktemp("translate")
    rng = np.random.default_rng(0)
    for name, high in (("a", 100), ("b", 256)):
        (path / name).mkdir()
        for i in range(3):
            pixels = rng.integers(0, high, (12, 12), np.uint8)
            Image.fromarray(pixels).save(path / name / f"{name}{i}.png")
    settings = [word for each in SMALL for word in ("--set", each)]
    done = scratchgan(
        "train", "cyclegan-digits-small", "--data", "a,b", "--steps", 4, "--out", "run",
        *settings, cwd=path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return path


def test_a_run_between_two_folders_leaves_a_sheet_of_six_rows(work):
    with Image.open(work / "run" / "samples" / "step-00000004.png") as sheet:
        width, height = sheet.size
    # three images a row: 3 (12 + 2) + 2 wide, 6 (12 + 2) + 2 high, enlarged alike
    assert width / height == pytest.approx((3 * 14 + 2) / (6 * 14 + 2))
    assert (work / "run" / "losses.png").is_file()


def test_a_folder_becomes_a_new_folder_of_the_same_names(work):
    done = scratchgan("translate", "run", "a", "--to", "B", cwd=work)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "3 translations to B: run/a-to-B"
    made = sorted((work / "run" / "a-to-B").iterdir())
    assert [p.name for p in made] == ["a0.png", "a1.png", "a2.png"]
    with Image.open(made[0]) as image:
        assert (image.size, image.mode) == ((12, 12), "L")
    again = scratchgan("translate", "run", "a", "--to", "B", cwd=work)
    one_line(again, "--out: run/a-to-B exists")
    assert not list((work / "run").glob(".*"))


def test_one_image_becomes_one_file_as_in_its_folder(work):
    out = work / "one.png"
    done = scratchgan(
        "translate", "run", "b/b1.png", "--to", "a", "--out", out, cwd=work
    )
    assert done.returncode == 0, done.stderr
    folder = work / "both"
    scratchgan("translate", "run", "b", "--to", "A", "--out", folder, cwd=work)
    assert out.read_bytes() == (folder / "b1.png").read_bytes()


def test_the_two_directions_are_two_networks(work):
    for to in "AB":
        scratchgan(
            "translate", "run", "a/a0.png", "--to", to, "--out", f"{to}.png", cwd=work
        )
    assert (work / "A.png").read_bytes() != (work / "B.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "a", "--to", "C"], ["--to: expected A or B, received 'C'"]),
        (["run", "nothing", "--to", "A"], ["INPUT: expected an image", "'nothing'"]),
        (["run", "wide.png", "--to", "A"],
         ["wide.png: expected an image of 12 × 12 of 1", "received 13 × 12 of 1"]),
        (["run", "colour.png", "--to", "A"], ["received 12 × 12 of 3"]),
        (["run", "a/a0.png", "--to", "A", "--out", "x.gif"], ["expected a .png file"]),
        (["run", "a", "--to", "A", "--out", "b"], ["--out: b exists"]),
        (["run", "a", "--to", "A", "--out", "no/where"], ["is not a folder"]),
        (["nowhere", "a", "--to", "A"], ["nowhere: no run here"]),
        (["run", "digits", "--to", "A", "--score"], ["--score: expected INPUT"]),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(work, arguments, words):
    Image.new("L", (13, 12)).save(work / "wide.png")
    Image.new("RGB", (12, 12)).save(work / "colour.png")
    one_line(scratchgan("translate", *arguments, cwd=work), *words)


def test_a_run_of_one_set_does_not_translate(work, tmp_path):
    done = scratchgan(
        "train", "gan-ring", "--steps", 1, "--set", "dim=4", "--out", tmp_path / "ring"
    )
    assert done.returncode == 0, done.stderr
    done = scratchgan("translate", tmp_path / "ring", work / "a", "--to", "A")
    one_line(done, "RUN: expected a run between two sets", "gan-ring")
    one_line(
        scratchgan("sample", work / "run"), "expected a run that draws", "translate"
    )
