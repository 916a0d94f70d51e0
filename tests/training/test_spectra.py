"""Distances between sets of sounds, in closed form."""

import numpy as np
import pytest

from scratchgan.training.spectra import (
    FLOOR,
    WIDTH,
    likeness,
    mean_envelope,
    mean_spectrum,
    power,
    variety,
)

RNG = np.random.default_rng(0)
NOISE = 0.1 * RNG.normal(size=(40, 4096))


def test_a_set_is_no_distance_from_itself():
    found = likeness(NOISE, NOISE)
    assert (found.spectrum, found.envelope) == (0, 0)
    # nor from itself in another order, but for rounding
    found = likeness(NOISE[::-1], NOISE)
    assert max(found.spectrum, found.envelope) < 1e-12


@pytest.mark.parametrize("gain", [0.25, 0.9, 2.0])
def test_a_gain_shifts_the_spectrum_by_its_decibels(gain):
    found = likeness(gain * NOISE, NOISE)
    assert found.spectrum == pytest.approx(abs(20 * np.log10(gain)), rel=1e-10)
    assert found.envelope == pytest.approx(abs(gain - 1), rel=1e-10)
    assert found.variety == pytest.approx(variety(NOISE), rel=1e-10)


def test_white_noise_has_its_variance_at_every_frequency():
    """The mean of 40 · 31 powers, half of whose frames overlap: within 15 per cent."""
    np.testing.assert_allclose(power(NOISE).mean(axis=(0, 1)), 0.01, rtol=0.15)
    np.testing.assert_allclose(mean_envelope(NOISE), 0.1, rtol=0.05)


def test_a_sine_is_found_at_its_frequency():
    """Σ w/2 at the bin of an amplitude of one, squared, over Σ w²: WIDTH / 6."""
    bin_ = 20
    x = np.sin(2 * np.pi * bin_ / WIDTH * np.arange(2048))[None]
    spectrum = mean_spectrum(x)
    assert spectrum.argmax() == bin_
    assert spectrum[bin_] == pytest.approx(10 * np.log10(WIDTH / 6), abs=1e-9)
    assert spectrum[bin_ + 3 :].max() < -90


def test_silence_is_the_floor():
    silent = np.zeros((3, 1024))
    np.testing.assert_array_equal(mean_spectrum(silent), 10 * np.log10(FLOOR))
    assert variety(silent) == 0
    assert likeness(silent, NOISE[:, :1024]).envelope == pytest.approx(1)


def test_an_envelope_follows_time():
    loud_then_quiet = np.repeat([0.5, 0.1, 0.0], WIDTH)[None]
    np.testing.assert_allclose(mean_envelope(loud_then_quiet), [0.5, 0.1, 0.0])
    # two sounds: the root of the mean square
    both = np.concatenate([loud_then_quiet, 0 * loud_then_quiet])
    np.testing.assert_allclose(mean_envelope(both)[0], 0.5 / np.sqrt(2))


def test_variety_tells_one_sound_from_many():
    one = np.repeat(NOISE[:1], 40, axis=0)
    assert variety(one) < 1e-12
    levels = np.repeat([[1.0], [0.1]], 20, axis=0)  # 20 dB apart: 10 from their mean
    assert variety(levels * one) == pytest.approx(10, rel=1e-10)
