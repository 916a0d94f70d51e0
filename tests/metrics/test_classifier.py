import numpy as np

from scratchgan.data import load
from scratchgan.metrics import train_classifier
from scratchgan.metrics.classifier import shifted


def digits(start, stop):
    data = load("digits")
    images = data.samples[start:stop, ::2, ::2] / np.float32(127.5) - 1
    return images, data.labels[start:stop]


def test_digits_are_told_apart_in_a_few_steps():
    images, labels = digits(0, 3000)
    judge = train_classifier(images, labels, steps=250)
    unseen = judge.agreement(*digits(3000, 4000))
    assert unseen > 0.9
    # labels that mean nothing are not learned: agreement is that of chance
    shuffled = np.random.default_rng(0).permutation(labels)
    assert judge.agreement(images, shuffled) < 0.2


def test_equal_seeds_give_equal_classifiers():
    images, labels = digits(0, 100)
    one, again, other = (
        train_classifier(images, labels, steps=3, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.params[0].W, again.params[0].W)
    assert not np.array_equal(one.params[0].W, other.params[0].W)


def test_shifts_move_images_and_repeat_their_edges():
    image = np.arange(9.0).reshape(1, 3, 3, 1)
    moved = shifted(image.repeat(3, axis=0), np.array([[0, 0], [1, 0], [0, -1]]))
    np.testing.assert_array_equal(moved[0], image[0])
    np.testing.assert_array_equal(moved[1, :, 0, 0], [0, 0, 3])
    np.testing.assert_array_equal(moved[2, 0, :, 0], [1, 2, 2])
