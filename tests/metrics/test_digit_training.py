"""The training of the digit features: what a step is, and that equal seeds agree."""

from dataclasses import replace

import numpy as np
import pytest

from scratchgan import tree
from scratchgan.data import load
from scratchgan.layers import Context
from scratchgan.losses import CrossEntropy
from scratchgan.metrics import digit_training
from scratchgan.metrics.digit_features import digit_network, standardised
from scratchgan.metrics.digit_training import Training, train_digit_classifier
from scratchgan.networks.digit_classifier import digit_classifier
from scratchgan.rng import Stream

SHORT = Training(epochs=2, batch_size=8)


def digits(start, stop):
    data = load("digits")
    assert data.labels is not None
    unit = data.samples[start:stop] / np.float32(255)
    return standardised(unit), data.labels[start:stop]


def short(**changes):
    return train_digit_classifier(*digits(0, 20), replace(SHORT, **changes))


def assert_all(equal, a, b):
    pairs = zip(tree.leaves(a), tree.leaves(b), strict=True)
    assert all(np.array_equal(x, y) == equal for x, y in pairs)


def test_equal_seeds_give_equal_bits():
    one = short()
    assert {leaf.dtype for leaf in tree.leaves(one)} == {np.dtype(np.float16)}
    assert_all(True, one, short())
    assert_all(False, one, short(seed=1))


@pytest.mark.parametrize(
    "changes", [{"shift": 0}, {"learning_rate": 1e-4}, {"decay": 0.0}, {"epochs": 3}]
)
def test_every_setting_matters(changes):
    assert_all(False, short(), short(**changes))


def test_the_parts_of_a_batch_add_up_to_its_gradient():
    images, labels = digits(0, 20)
    network = digit_classifier()
    params, _ = network.init(np.random.default_rng(0), (28, 28, 1))
    seeded = replace(SHORT, seed=5)
    parts = list(digit_training._parts(images, labels, seeded, 3))
    assert [len(part.images) for part in parts] == [4, 4]
    loss, dparams = digit_training._sum(
        *(digit_training._gradient(network, params, part) for part in parts)
    )
    x = np.concatenate([part.images for part in parts])
    whole_labels = np.concatenate([part.labels for part in parts])
    ctx = Context(stream=Stream(5, "features/dropout"), tick=3)
    logits, cache = network.forward(params, x, ctx)
    whole = CrossEntropy()(logits, whole_labels)
    _, expected, _ = network.backward(params, cache, whole.dlogits, wrt="params")
    assert loss == pytest.approx(whole.loss)
    for a, b in zip(tree.leaves(dparams), tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6 * np.abs(b).max())


def test_the_rate_is_constant_for_a_third_and_ends_at_zero():
    rate = digit_training._rate(Training(learning_rate=6.0), 30)
    assert [rate(step) for step in (0, 10, 20, 30)] == [6, 6, 3, 0]


def test_images_keep_their_labels_and_are_moved_by_up_to_two_pixels():
    """Image n has one white pixel, in row 4 + n; its label is n."""
    images = np.zeros((8, 28, 28, 1), np.float32)
    images[np.arange(8), 4 + np.arange(8), 14] = 1
    seen = set()
    for step in range(40):
        for part in digit_training._parts(images, np.arange(8), SHORT, step):
            n, row, column, _ = np.nonzero(part.images)
            assert n.tolist() == [0, 1, 2, 3]
            seen |= set(zip(row - 4 - part.labels, column - 14, strict=True))
    assert seen == {(i, j) for i in range(-2, 3) for j in range(-2, 3)}


def test_every_epoch_sees_every_image_once():
    images, _ = digits(0, 24)
    for epoch in range(2):
        found = [
            part.labels
            for step in range(3 * epoch, 3 * epoch + 3)
            for part in digit_training._parts(images, np.arange(24), SHORT, step)
        ]
        assert sorted(np.concatenate(found)) == list(range(24))


def test_a_report_comes_every_epoch():
    lines: list = []
    train_digit_classifier(*digits(0, 20), SHORT, lambda *line: lines.append(line))
    assert [(step, steps) for step, steps, _ in lines] == [(2, 4), (4, 4)]
    # of ten classes, before anything is learned
    assert all(0.5 < loss < 6 for _, _, loss in lines)


def test_digits_are_learned_in_a_few_epochs():
    training = Training(epochs=4, batch_size=32, decay=0.9)
    params = train_digit_classifier(*digits(0, 800), training)
    unseen = load("digits").samples[9000:]
    found = digit_network(params).probabilities(unseen).argmax(axis=1)
    assert (found == digits(9000, 10_000)[1]).mean() > 0.8


def test_too_few_images_are_refused():
    with pytest.raises(
        ValueError, match="images: expected at least a batch of 128, rec"
    ):
        train_digit_classifier(*digits(0, 20))
