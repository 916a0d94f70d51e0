"""WAV files: every depth, there and back, and what is refused."""

import numpy as np
import pytest
from sounds import wav

from scratchgan.data.resample import resample
from scratchgan.data.wav import parse_wav, wav_bytes

RATE = 8000


def frames(values, width):
    """Integers as a file of `width` bytes a sample holds them."""
    if width == 1:
        return bytes(value + 128 for value in values)
    return b"".join(int(v).to_bytes(width, "little", signed=True) for v in values)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_depth_reads_as_fractions_of_full_scale(width):
    full = 2 ** (8 * width - 1)
    values = [0, 1, -1, full // 2, -full // 2, full - 1, -full, full // 3]
    sound = parse_wav(wav(frames(values, width), width), "a.wav")
    assert sound.rate == RATE
    assert sound.samples.dtype == np.float32
    expected = np.float32(np.array(values) / full)
    np.testing.assert_array_equal(sound.samples, expected)
    assert np.abs(sound.samples).max() <= 1


def test_what_is_written_is_read():
    """Multiples of 2⁻¹⁵ exactly; others to half a step; beyond ±1, the nearest."""
    exact = np.arange(-(2**15), 2**15, 7, dtype=np.float32) / 2**15
    np.testing.assert_array_equal(parse_wav(wav_bytes(exact, RATE), "").samples, exact)
    x = np.random.default_rng(0).uniform(-0.99, 0.99, 1000).astype(np.float32)
    again, rate = parse_wav(wav_bytes(x, 44100), "")
    assert rate == 44100
    assert np.abs(again - x).max() <= 0.5 / 2**15
    loud = parse_wav(wav_bytes(np.array([2.0, -2.0]), RATE), "").samples
    np.testing.assert_array_equal(loud, np.float32([1 - 2**-15, -1]))


def header(kind):
    """A WAV file whose header names another encoding."""
    content = bytearray(wav(frames([1, 2, 3], 2)))
    content[20:22] = kind.to_bytes(2, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a.wav: not a WAV file of integer PCM (it ends within the header)"),
        (b"RIFX" + bytes(40), "a.wav: not a WAV file"),
        (b"\x89PNG" + bytes(60), "a.wav: not a WAV file"),
        (wav(frames([1, 2, 3], 2))[:30], "a.wav: not a WAV file"),
        (header(3), "a.wav: not a WAV file of integer PCM (unknown format: 3)"),
        (wav(frames([1] * 40, 2))[:-20], "truncated: expected 40 samples, received 30"),
        (wav(b""), "a.wav: no samples"),
        (wav(frames([1, 2], 2), channels=2), "expected one channel, received 2"),
    ],
    ids=["empty", "riff", "png", "cut", "float", "truncated", "silent", "stereo"],
)
def test_what_is_refused_is_named(content, words):
    with pytest.raises(ValueError, match=r"a\.wav: ") as error:
        parse_wav(content, "a.wav")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def sine(frequency, rate, seconds=0.2):
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize(
    ("rate", "to"), [(44100, 16000), (16000, 8000), (8000, 16000), (11025, 8000)]
)
def test_a_sine_is_the_same_sine_at_another_rate(rate, to):
    """Away from the ends, to 80 dB, up to 0.8 of the lower Nyquist frequency."""
    for frequency in (50.0, 440.0, 0.4 * min(rate, to)):
        found = resample(sine(frequency, rate), rate, to)
        expected = sine(frequency, to)[: len(found)]
        inside = slice(len(found) // 4, -len(found) // 4)
        assert len(found) == -(-round(0.2 * rate) * to // rate)
        assert np.abs(found[inside] - expected[inside]).max() < 1e-4


def test_a_tone_above_the_new_nyquist_frequency_vanishes():
    found = resample(sine(5000.0, 16000), 16000, 8000)
    assert np.abs(found[400:-400]).max() < 1e-4


def test_a_constant_stays_and_an_equal_rate_is_untouched():
    x = np.full(4000, 0.5, np.float32)
    found = resample(x, 44100, 16000)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[200:-200], 0.5, rtol=1e-6)
    assert resample(x, 8000, 8000) is x
