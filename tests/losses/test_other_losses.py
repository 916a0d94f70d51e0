"""Losses of one input: a distance, and a classifier's."""

import numpy as np
import pytest

from scratchgan.gradcheck.losses import check_classification, check_distance
from scratchgan.losses import L1, CrossEntropy
from scratchgan.losses.cross_entropy import ClassLoss
from scratchgan.losses.l1 import DistanceLoss


def test_the_l1_distance_is_a_mean_over_all_numbers():
    y, target = np.array([[1.0, -2.0], [0.5, 4.0]]), np.array([[0.0, 0.0], [0.5, 1.0]])
    found = L1()(y, target)
    assert found.loss == (1 + 2 + 0 + 3) / 4
    np.testing.assert_array_equal(found.dy, [[0.25, -0.25], [0.0, 0.25]])
    assert L1()(y.astype(np.float32), target.astype(np.float32)).dy.dtype == np.float32


def test_a_target_that_would_be_broadcast_is_refused():
    with pytest.raises(ValueError, match=r"target: expected .* \(2, 3\), received"):
        L1()(np.zeros((2, 3)), np.zeros((1, 3)))


def test_cross_entropy_of_no_opinion_is_the_logarithm_of_the_classes():
    found = CrossEntropy()(np.zeros((2, 10)), np.array([3, 7]))
    np.testing.assert_allclose(found.loss, np.log(10), rtol=1e-15)
    np.testing.assert_allclose(found.dlogits.sum(axis=1), 0, atol=np.finfo(float).eps)
    np.testing.assert_allclose(found.dlogits[0, 3], (0.1 - 1) / 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_of_logits_of_ten_thousand_is_exact(dtype):
    logits = np.array([[1e4, -1e4], [1e4, -1e4]], dtype)
    found = CrossEntropy()(logits, np.array([0, 1]))
    assert found.loss == 1e4
    np.testing.assert_array_equal(found.dlogits, [[0, 0], [0.5, -0.5]])
    assert found.dlogits.dtype == dtype


def test_the_checks_see_a_wrong_gradient():
    class Halved(L1):
        def __call__(self, y, target):
            found = super().__call__(y, target)
            return DistanceLoss(found.loss, found.dy / 2)

    class Unnormalised(CrossEntropy):
        def __call__(self, logits, labels):
            found = super().__call__(logits, labels)
            return ClassLoss(found.loss, found.dlogits * len(labels))

    assert check_distance(L1()) < 1e-8
    assert check_distance(Halved()) > 0.1
    assert check_classification(CrossEntropy()) < 1e-8
    assert check_classification(Unnormalised()) > 0.1
