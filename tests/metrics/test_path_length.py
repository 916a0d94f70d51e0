"""Path lengths of generators whose derivative is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import lerp, path_lengths, perceptual_path_length, slerp

RNG = np.random.default_rng(0)


def units(n, d):
    z = RNG.normal(size=(n, d))
    return z / np.linalg.norm(z, axis=1, keepdims=True)


@pytest.mark.parametrize("sampling", ["full", "end"])
def test_a_linear_generator_on_lines(sampling):
    """φ(G(w)) = BA w: ‖BA (e − s)‖², at every t and for every step."""
    A, B = RNG.normal(size=(4, 7)), RNG.normal(size=(7, 5))
    starts, ends = RNG.normal(size=(2, 150, 4))  # more than two batches
    expected = np.sum(((ends - starts) @ A @ B) ** 2, axis=1)
    for step in (1e-4, 0.5):
        found = path_lengths(
            lambda w: w @ A,
            starts,
            ends,
            features=lambda x: x @ B,
            path="lerp",
            step=step,
            sampling=sampling,
        )
        # differences of values near one, over the step
        np.testing.assert_allclose(found, expected, rtol=1e-14 / step)
    found = perceptual_path_length(lambda w: w @ A @ B, starts, ends, path="lerp")
    assert found == pytest.approx(expected.mean(), rel=1e-10)


@pytest.mark.parametrize("sampling", ["full", "end"])
def test_an_isometric_generator_on_great_circles(sampling):
    """Unit latents an angle Ω apart: a chord of the step, (2 sin(εΩ / 2) / ε)²."""
    starts, ends = units(30, 5), units(30, 5)
    turn, _ = np.linalg.qr(RNG.normal(size=(5, 5)))
    angle = np.arccos(np.sum(starts * ends, axis=1))
    for step in (1e-4, 0.3):
        found = path_lengths(
            lambda z: z @ turn, starts, ends, step=step, sampling=sampling
        )
        expected = (2 * np.sin(step * angle / 2) / step) ** 2
        np.testing.assert_allclose(found, expected, rtol=1e-14 / step)


def test_a_quadratic_generator_at_the_ends_of_paths():
    """G(w) = w² on a line: ((s + εd)² − s²) / ε = 2sd + εd²."""
    starts, ends = RNG.normal(size=(2, 20, 1))
    d, step = ends - starts, 0.01
    found = path_lengths(
        np.square, starts, ends, path="lerp", step=step, sampling="end"
    )
    expected = (2 * starts * d + step * d * d)[:, 0] ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


def test_a_quadratic_generator_over_whole_paths():
    """Uniform t: E (2d (s + td))² = 4d² (s² + sd + d²/3), up to a mean's error."""
    n, s, e = 20_000, 0.5, 2.0
    d = e - s
    starts, ends = np.full((n, 1), s), np.full((n, 1), e)
    lengths = path_lengths(np.square, starts, ends, path="lerp", step=1e-6, batch=5000)
    expected = 4 * d * d * (s * s + s * d + d * d / 3)
    assert abs(lengths.mean() - expected) < 4 * lengths.std() / n**0.5
    # speeds from 2ds to 2de: all of the path is seen
    assert lengths.min() == pytest.approx((2 * d * s) ** 2, rel=1e-2)
    assert lengths.max() == pytest.approx((2 * d * e) ** 2, rel=1e-2)


def test_the_step_is_divided_out():
    """A smooth generator has one length for all small steps."""
    W = RNG.normal(size=(6, 9))
    starts, ends = RNG.normal(size=(2, 40, 6))
    found = [
        perceptual_path_length(lambda z: np.tanh(z @ W), starts, ends, step=step)
        for step in (1e-4, 1e-6)
    ]
    # the second has a rounding of 1e-16 / 1e-6 in the differences
    assert found[0] == pytest.approx(found[1], rel=5e-4)


def test_samples_of_any_shape_are_their_own_features():
    starts, ends = RNG.normal(size=(2, 10, 12))
    flat = path_lengths(lambda z: z, starts, ends)
    images = path_lengths(lambda z: z.reshape(-1, 2, 3, 2), starts, ends)
    np.testing.assert_array_equal(flat, images)
    batches = path_lengths(lambda z: z, starts, ends, batch=3)
    np.testing.assert_array_equal(flat, batches)


def test_latents_keep_their_type_and_seeds_their_places():
    seen = []

    def generator(z):
        seen.append(z)
        return z

    starts, ends = RNG.normal(size=(2, 5, 3)).astype(np.float32)
    path_lengths(generator, starts, ends)
    assert {z.dtype for z in seen} == {np.dtype(np.float32)}
    path_lengths(generator, starts, ends, seed=1)
    path_lengths(generator, starts, ends)
    np.testing.assert_array_equal(seen[1], seen[-1])
    assert not np.array_equal(seen[1], seen[3])


def test_the_extremes_may_be_left_out():
    """Lengths 1, 4, …, 200²: of 200 the lowest and highest hundredth are one each."""
    starts = np.zeros((200, 1))
    ends = RNG.permutation(np.arange(1.0, 201))[:, None]

    def measured(crop):
        return perceptual_path_length(
            lambda w: w, starts, ends, path="lerp", step=0.5, crop=crop
        )

    squares = np.arange(1.0, 201) ** 2
    assert measured(0) == pytest.approx(squares.mean(), rel=1e-13)
    # quantiles at place 199 × 0.01 = 1.99, down to 1, and up to 198
    assert measured(0.01) == pytest.approx(squares[1:-1].mean(), rel=1e-13)
    assert measured(0.1) == pytest.approx(squares[19:-19].mean(), rel=1e-13)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_great_circles_keep_their_plane_and_pace(seed, at):
    z = np.random.default_rng(seed).normal(size=(2, 1, 4))
    s, e = z / np.linalg.norm(z, axis=-1, keepdims=True)
    point = slerp(s, e, np.array([at]))
    angle = np.arccos(np.clip(np.sum(s * e), -1, 1))
    assert np.linalg.norm(point) == pytest.approx(1, abs=1e-13)
    assert np.sum(point * s) == pytest.approx(np.cos(at * angle), abs=1e-12)
    assert np.sum(point * e) == pytest.approx(np.cos((1 - at) * angle), abs=1e-12)


def test_paths_begin_and_end_at_their_ends():
    s, e = RNG.normal(size=(2, 6, 2, 4))
    for path in (slerp, lerp):
        np.testing.assert_allclose(path(s, e, np.zeros(6)), s, atol=1e-14)
        np.testing.assert_allclose(path(s, e, np.ones(6)), e, atol=1e-14)
    np.testing.assert_allclose(lerp(s, e, np.full(6, 0.25)), 0.75 * s + 0.25 * e)
    # t is a number a path
    t = np.arange(6.0)
    np.testing.assert_allclose(lerp(s, e, t)[3], s[3] + 3 * (e[3] - s[3]))


def test_where_there_is_no_great_circle_there_is_a_line():
    s = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0], [1.0, 0.0]])
    e = np.array([[3.0, 6.0], [-1.0, -2.0], [1.0, 1.0], [0.0, 0.0]])
    t = np.full(4, 0.25)
    np.testing.assert_array_equal(slerp(s, e, t), lerp(s, e, t))
    # nearly so: the circle agrees with the line
    e = s + 1e-5 * np.array([[2.0, -1.0]])
    np.testing.assert_allclose(slerp(s, e, t)[:2], lerp(s, e, t)[:2], atol=1e-9)


def test_what_does_not_fit_is_named():
    z = np.ones((4, 3))

    def same(z):
        return z

    for call, message in [
        (
            lambda: path_lengths(same, z, z[:3]),
            r"ends: .* of starts \(4, 3\), rec.* \(3,",
        ),
        (
            lambda: path_lengths(same, z[:0], z[:0]),
            r"starts: .* at least one, received",
        ),
        (lambda: path_lengths(same, z[0], z[0]), r"starts: expected latents \(N, …\)"),
        (
            lambda: path_lengths(same, z.astype(int), z),
            "starts: .* of floats, .* int64",
        ),
        (lambda: path_lengths(same, z * np.nan, z), "starts: expected finite values"),
        (lambda: path_lengths(same, z, z * np.inf), "ends: expected finite values"),
        (lambda: path_lengths(same, z, z, step=0), "step: expected a positive .* 0"),
        (
            lambda: path_lengths(same, z, z, path="arc"),
            "path: expected slerp or lerp, .*arc",
        ),
        (
            lambda: path_lengths(same, z, z, sampling="x"),
            "sampling: expected full or end",
        ),
        (lambda: path_lengths(lambda z: z[:1], z, z), "features: expected 4 rows, rec"),
        (
            lambda: path_lengths(lambda z: z / 0.0, z, z),
            "features: expected finite values",
        ),
        (
            lambda: perceptual_path_length(same, z, z, crop=0.5),
            "crop: expected 0 to .* 0.5",
        ),
    ]:
        with np.errstate(divide="ignore"), pytest.raises(ValueError, match=message):
            call()
