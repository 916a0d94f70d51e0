import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scratchgan.gradcheck import check_loss
from scratchgan.gradcheck.cases import LOSSES, TOLERANCE
from scratchgan.losses import BinaryCrossEntropy, Hinge, LeastSquares, Wasserstein

scores = arrays(np.float64, (4, 1), elements=st.floats(-25, 25))
IDS = [name for name, _ in LOSSES]
LOSS = [loss for _, loss in LOSSES]


@pytest.mark.parametrize("loss", LOSS, ids=IDS)
def test_gradients_agree_with_finite_differences(loss):
    assert check_loss(loss) <= TOLERANCE


@pytest.mark.parametrize("loss", LOSS, ids=IDS)
def test_a_map_of_scores_is_as_many_scores(loss):
    """As a PatchGAN gives: the mean over all of them, and that mean's gradient."""
    assert check_loss(loss, batch=2, shape=(3, 2, 1)) <= TOLERANCE
    real, fake = 2 * np.random.default_rng(0).normal(size=(2, 2, 3, 2, 1))
    flat = [scores.reshape(-1, 1) for scores in (real, fake)]
    found, expected = loss.discriminator(real, fake), loss.discriminator(*flat)
    assert found.loss == pytest.approx(expected.loss, rel=1e-14)
    assert loss.generator(fake).d_fake.shape == fake.shape
    np.testing.assert_array_equal(found.d_real.reshape(-1, 1), expected.d_real)


@given(scores, scores)
def test_cross_entropy_is_the_logarithm_of_probabilities(real, fake):
    """Goodfellow et al. 2014, eq. 1 and section 3, written with probabilities."""
    p_real, p_fake = (1 / (1 + np.exp(-s)) for s in (real, fake))
    found = BinaryCrossEntropy().discriminator(real, fake)
    expected = -np.mean(np.log(p_real)) - np.mean(np.log(1 - p_fake))
    # 1 − σ(25) = 1e-11 keeps five digits: it is the test that loses the others
    np.testing.assert_allclose(found.loss, expected, rtol=1e-4, atol=1e-14)
    minimax = BinaryCrossEntropy(saturating=True).generator(fake).loss
    np.testing.assert_allclose(
        minimax, np.mean(np.log(1 - p_fake)), rtol=1e-4, atol=1e-14
    )
    live = BinaryCrossEntropy().generator(fake).loss
    np.testing.assert_allclose(live, -np.mean(np.log(p_fake)), rtol=1e-9, atol=1e-15)


def test_cross_entropy_of_an_undecided_discriminator_is_two_log_two():
    zero = np.zeros((3, 1))
    found = BinaryCrossEntropy().discriminator(zero, zero)
    np.testing.assert_allclose(found.loss, 2 * np.log(2), rtol=1e-15)
    np.testing.assert_allclose(found.d_real, -0.5 / 3)
    np.testing.assert_allclose(found.d_fake, 0.5 / 3)


SIDES = [("sure and right", 1e4, -1e4), ("sure and wrong", -1e4, 1e4)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("side", "real", "fake"), SIDES)
@pytest.mark.parametrize("loss", LOSS, ids=IDS)
def test_finite_at_scores_of_ten_thousand(loss, side, real, fake, dtype):
    real, fake = np.full((2, 1), real, dtype), np.full((2, 1), fake, dtype)
    d, g = loss.discriminator(real, fake), loss.generator(fake)
    for value in (d.loss, d.d_real, d.d_fake, g.loss, g.d_fake):
        assert np.isfinite(value).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_exact_at_logits_of_ten_thousand(dtype):
    high, low = np.full((2, 1), 1e4, dtype), np.full((2, 1), -1e4, dtype)
    live, minimax = BinaryCrossEntropy(), BinaryCrossEntropy(saturating=True)
    assert live.discriminator(high, low).loss == 0.0
    assert live.discriminator(low, high).loss == 2e4
    assert (live.generator(low).loss, live.generator(high).loss) == (1e4, 0.0)
    assert (minimax.generator(low).loss, minimax.generator(high).loss) == (0.0, -1e4)
    assert live.discriminator(low, high).d_real.tolist() == [[-0.5]] * 2


def test_the_float32_gradient_keeps_its_digits_where_the_generator_is_seen_through():
    """−σ(s) for a minimax generator and σ(s) for D: tiny for s ≪ 0, and not zero."""
    scores = np.linspace(-80, 80, 161, dtype=np.float32)[:, None]
    exact = 1 / (1 + np.exp(-scores.astype(np.float64))) / len(scores)
    found = BinaryCrossEntropy().discriminator(scores, scores).d_fake
    np.testing.assert_allclose(found, exact, rtol=4 * np.finfo(np.float32).eps)


def test_saturating_gradient_vanishes_where_the_other_lives():
    sure = np.full((1, 1), -20.0)  # the discriminator is certain that it is generated
    saturated = BinaryCrossEntropy(saturating=True).generator(sure).d_fake
    live = BinaryCrossEntropy().generator(sure).d_fake
    assert abs(saturated.item()) < 1e-8
    np.testing.assert_allclose(live, -1.0, atol=1e-8)


@given(scores, scores)
def test_wasserstein_critic_minimises_the_negative_difference_of_means(real, fake):
    found = Wasserstein().discriminator(real, fake)
    np.testing.assert_allclose(found.loss, fake.mean() - real.mean(), atol=1e-12)
    assert found.d_real.tolist() == [[-0.25]] * 4
    assert found.d_fake.tolist() == [[0.25]] * 4
    assert Wasserstein().generator(fake).d_fake.tolist() == [[-0.25]] * 4


def test_least_squares_pulls_to_its_targets():
    """Mao et al. 2017, eq. 2, with numbers: a = −1, b = 1, c = 0."""
    loss = LeastSquares(fake_target=-1.0, real_target=1.0, generator_target=0.0)
    real, fake = np.array([[1.0], [3.0]]), np.array([[-1.0], [0.0]])
    found = loss.discriminator(real, fake)
    assert found.loss == 0.5 * (0 + 4) / 2 + 0.5 * (0 + 1) / 2
    assert found.d_real.tolist() == [[0.0], [1.0]]
    assert found.d_fake.tolist() == [[0.0], [0.5]]
    assert loss.generator(fake).d_fake.tolist() == [[-0.5], [0.0]]
    assert loss.generator(fake).loss == 0.25
    # 0-1 coding: the discriminator's best answer to equal numbers of each is a half
    half = np.full((4, 1), 0.5)
    best = LeastSquares().discriminator(half, half)
    assert (best.d_real + best.d_fake == 0).all()


def test_the_hinge_learns_from_samples_within_the_margin_alone():
    """Miyato et al. 2018, eqs. 16 and 17."""
    real, fake = np.array([[2.0], [0.5]]), np.array([[-2.0], [-0.5]])
    found = Hinge().discriminator(real, fake)
    assert found.loss == 0.5 * (0 + 0.5) + 0.5 * (0 + 0.5)
    assert found.d_real.tolist() == [[0.0], [-0.5]]
    assert found.d_fake.tolist() == [[0.0], [0.5]]
    assert Hinge().generator(fake).d_fake.tolist() == [[-0.5], [-0.5]]


@given(scores, scores)
def test_hinge_and_wasserstein_agree_within_the_margin(real, fake):
    """There the discriminator's hinge is 2 more than the critic's loss."""
    real, fake = np.tanh(real) * 0.9, np.tanh(fake) * 0.9
    hinge, critic = (
        each.discriminator(real, fake) for each in (Hinge(), Wasserstein())
    )
    np.testing.assert_allclose(hinge.loss, critic.loss + 2, rtol=1e-12)
    np.testing.assert_array_equal(hinge.d_real, critic.d_real)
    np.testing.assert_array_equal(hinge.d_fake, critic.d_fake)


@pytest.mark.parametrize("loss", LOSS, ids=IDS)
def test_gradients_keep_the_precision_of_the_scores(loss):
    scores = np.ones((2, 1), np.float32)
    found = loss.discriminator(scores, scores)
    gradients = (found.d_real, found.d_fake, loss.generator(scores).d_fake)
    assert {g.dtype for g in gradients} == {np.dtype(np.float32)}
