"""evaluation.json: entries are added, none is lost."""

import json

import pytest

from scratchgan.evaluation import Evaluation, Figure, add_evaluation, read_evaluations


def evaluation(step, **figures):
    return Evaluation(step, 100, "ring", "", 0, 0.5, figures)


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "evaluation.json"
    first = evaluation(10, w1=Figure(0.5, floor=0.01, low=0.4, high=0.6))
    second = evaluation(20, w1=Figure(0.25), modes=Figure(8.0, floor=8.0))
    add_evaluation(path, first)
    add_evaluation(path, second)
    assert read_evaluations(path) == [first, second]
    assert second.values == {"w1": 0.25, "modes": 8.0}


def test_the_file_leaves_out_what_is_not_known(tmp_path):
    path = tmp_path / "evaluation.json"
    add_evaluation(path, evaluation(10, w1=Figure(0.5)))
    (entry,) = json.loads(path.read_text())
    assert entry["figures"] == {"w1": {"value": 0.5}}


def test_no_file_is_no_evaluation(tmp_path):
    assert read_evaluations(tmp_path / "evaluation.json") == []


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"step": 1}]'])
def test_a_damaged_file_is_named_and_kept(tmp_path, text):
    path = tmp_path / "evaluation.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"evaluation\.json: not a list"):
        add_evaluation(path, evaluation(10))
    assert path.read_text() == text
