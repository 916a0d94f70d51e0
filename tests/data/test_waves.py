"""Recordings as samples of one length: placed, held out, found and refused."""

import zipfile

import numpy as np
import pytest
from sounds import tones, wav

from scratchgan.data import Waves
from scratchgan.data.recordings import Format, held_out, read_waves, spoken_digits

FORM = Format(length=1024, rate=8000)


def ramps(lengths, length=8, placement="start"):
    """Recordings that count up from one, so that a sample tells where it came from."""
    waves = tuple(np.arange(1, n + 1, dtype=np.float32) / 100 for n in lengths)
    return Waves("ramps", waves, waves, length, placement)


def test_short_ones_are_padded_and_long_ones_cropped():
    for index in range(20):
        short, long = sorted(ramps([5, 12]).batch(0, index, 2)[..., 0] * 100, key=max)
        np.testing.assert_allclose(short, [1, 2, 3, 4, 5, 0, 0, 0], rtol=1e-6)
        assert 1 <= long[0] <= 5
        np.testing.assert_allclose(np.diff(long), 1, rtol=1e-5)


def test_places_are_uniform_functions_of_seed_and_index():
    """Four places for 5 in 8 and five crops of 8 in 12; each is met."""
    data = ramps([5, 12], placement="random")
    starts, crops = set(), set()
    for index in range(60):
        batch = data.batch(1, index, 2)
        np.testing.assert_array_equal(batch, data.batch(1, index, 2))
        for sample in batch[..., 0] * 100:
            if (sample == 0).any():
                starts.add(int(sample.argmax()) - 4)
                assert np.count_nonzero(sample) == 5
            else:
                crops.add(round(float(sample[0])))
    assert starts == {0, 1, 2, 3}
    assert crops == {1, 2, 3, 4, 5}
    assert not np.array_equal(data.batch(1, 0, 2), data.batch(2, 0, 2))


def test_an_epoch_meets_every_recording_once():
    data = ramps([3, 4, 5, 6])
    met = np.concatenate([data.batch(0, i, 2) for i in (0, 1)])
    assert sorted((met > 0).sum(axis=(1, 2))) == [3, 4, 5, 6]
    with pytest.raises(ValueError, match="batch_size: expected 1 to 4"):
        data.batch(0, 0, 5)


def test_the_digest_tells_lengths_values_and_the_split():
    one = ramps([3, 4])
    assert one.digest == ramps([3, 4]).digest
    assert one.digest != ramps([4, 3]).digest
    a, b = one.recordings
    assert Waves("", (a,), (b, a), 8).digest != Waves("", (a, b), (a,), 8).digest
    with pytest.raises(ValueError, match=r"placement: expected one of start, random"):
        ramps([3], placement="middle")


def test_held_out_ones_are_spread_and_the_same_for_every_seed():
    data = ramps(range(1, 8), placement="random")
    assert data.held_out(3).shape == (3, 8, 1)
    counts = (data.held_out(3) > 0).sum(axis=(1, 2))
    np.testing.assert_array_equal(counts, [1, 3, 5])
    assert len(data.held_out(99)) == 7
    np.testing.assert_array_equal(data.held_out(7), data.held_out(7))


def test_what_is_held_out():
    digits = [f"recordings/{d}_theo_{i}.wav" for d in (0, 7) for i in range(50)]
    back = held_out(sorted(digits))
    assert back == {f"recordings/{d}_theo_{i}.wav" for d in (0, 7) for i in range(5)}
    assert held_out(["a.wav", "test/b.wav", "train/test.wav"]) == {"test/b.wav"}
    assert held_out([f"{i:02}.wav" for i in range(25)]) == {
        "00.wav", "10.wav", "20.wav",
    }  # fmt: skip


def test_a_folder_is_read_with_its_folders_and_without_other_files(tmp_path):
    folder = tones(tmp_path / "tones", 12, length=700)
    tones(tmp_path / "tones" / "more", 3)
    (tmp_path / "tones" / "notes.txt").write_text("pitch")
    (tmp_path / "tones" / "._00.wav").write_bytes(b"a Mac's")
    data = read_waves(folder, FORM)
    assert data.shape == (1024, 1)
    assert (len(data), len(data.kept_back)) == (13, 2)
    assert [len(w) for w in data.recordings][:3] == [710, 720, 730]
    assert max(np.abs(w).max() for w in data.recordings) <= 20000 / 2**15
    loud = read_waves(folder, Format(1024, 8000, normalized=True))
    assert all(np.abs(w).max() == 1 for w in loud.recordings)


def test_other_rates_are_refused_or_converted(tmp_path):
    folder = tones(tmp_path / "tones", rate=16000, length=1600)
    with pytest.raises(
        ValueError, match="expected 8000 Hz, received 16000 Hz in "
    ) as e:
        read_waves(folder, FORM)
    assert "tones/00.wav; resample=true converts it" in str(e.value)
    data = read_waves(folder, Format(1024, 8000, resampled=True))
    assert [len(w) for w in data.recordings][:2] == [805, 810]


def test_one_file_of_another_kind_is_named(tmp_path):
    folder = tones(tmp_path / "tones")
    (tmp_path / "tones" / "05.wav").write_bytes(wav(bytes(8), channels=2))
    with pytest.raises(ValueError, match=r"05\.wav: expected one channel, received 2"):
        read_waves(folder, FORM)


def test_what_cannot_be_found(tmp_path, monkeypatch):
    monkeypatch.delenv("SCRATCHGAN_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=r"fsdd: expected its recordings in "):
        read_waves("fsdd", FORM)
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder"):
        read_waves(str(tmp_path / "nowhere"), FORM)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty: no \.wav files"):
        read_waves(str(tmp_path / "empty"), FORM)
    (tmp_path / "a.npy").touch()
    with pytest.raises(ValueError, match=r"expected a folder of \.wav files"):
        read_waves(str(tmp_path / "a.npy"), FORM)
    one = tones(tmp_path / "one", 1)
    with pytest.raises(ValueError, match="at least two recordings"):
        read_waves(one, FORM)
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"a\.zip: not a readable \.zip"):
        read_waves(str(tmp_path / "a.zip"), FORM)


@pytest.fixture
def spoken(tmp_path, monkeypatch):
    """A set with the names of FSDD's, in the place where `fsdd` is looked for."""
    (tmp_path / "fsdd").mkdir()
    with zipfile.ZipFile(tmp_path / "fsdd" / "recordings.zip", "w") as archive:
        for digit in (0, 1):
            for speaker in ("ann", "bob"):
                for i in range(7):
                    length = 100 + 10 * digit + i
                    steps = np.full(length, 1000, "<i2").tobytes()
                    archive.writestr(
                        f"recordings/{digit}_{speaker}_{i}.wav", wav(steps)
                    )
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))


def test_spoken_digits_by_name(spoken):
    data = read_waves("fsdd", FORM)
    assert (data.name, len(data), len(data.kept_back)) == ("fsdd", 8, 20)
    ones = read_waves("fsdd", FORM, spoken_digits("1", "bob"))
    assert [len(w) for w in ones.recordings] == [115, 116]
    assert [len(w) for w in ones.kept_back] == [110, 111, 112, 113, 114]
    with pytest.raises(ValueError, match="none of its 28 recordings has the digits"):
        read_waves("fsdd", FORM, spoken_digits("2", ""))
    with pytest.raises(ValueError, match="digits: expected some of 0123456789"):
        spoken_digits("seven", "")
