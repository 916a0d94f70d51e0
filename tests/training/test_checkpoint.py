import errno
import os

import numpy as np
import pytest
from safetensors.numpy import save_file

from scratchgan.training import checkpoint
from scratchgan.training.checkpoint import (
    CheckpointError,
    list_checkpoints,
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
    write_atomically,
)

ARRAYS: dict[str, np.ndarray] = {
    "step": np.asarray(7, np.int64),
    "W": np.arange(6, dtype=np.float32).reshape(2, 3).T,  # not C-contiguous
    "empty": np.zeros((0, 2)),
}
IDENTITY = {"recipe": "gan-ring", "seed": "0"}


def test_what_is_loaded_is_what_was_saved(tmp_path):
    path = save_checkpoint(tmp_path, 7, ARRAYS, IDENTITY)
    found = load_checkpoint(path)
    assert found.identity == IDENTITY
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].shape == array.shape


def test_equal_content_makes_equal_bytes(tmp_path):
    a = save_checkpoint(tmp_path / "a", 7, ARRAYS, IDENTITY).read_bytes()
    assert a == save_checkpoint(tmp_path / "b", 7, ARRAYS, IDENTITY).read_bytes()


def test_the_last_three_are_kept_in_order_of_steps(tmp_path):
    for step in (1, 9, 10, 100, 20000):
        save_checkpoint(tmp_path, step, ARRAYS, IDENTITY)
    steps = [checkpoint.checkpoint_step(p) for p in list_checkpoints(tmp_path)]
    assert steps == [10, 100, 20000]


def test_what_a_stop_left_goes_when_a_regular_one_has_come(tmp_path):
    for step in (10, 13, 20, 30, 31):
        save_checkpoint(tmp_path, step, ARRAYS, IDENTITY, every=10)
    steps = [checkpoint.checkpoint_step(p) for p in list_checkpoints(tmp_path)]
    assert steps == [20, 30, 31]
    save_checkpoint(tmp_path, 40, ARRAYS, IDENTITY, every=10)
    steps = [checkpoint.checkpoint_step(p) for p in list_checkpoints(tmp_path)]
    assert steps == [20, 30, 40]


def flip(content, position):
    damaged = bytearray(content)
    damaged[position] ^= 0x10
    return bytes(damaged)


def test_any_flipped_byte_or_missing_tail_is_noticed(tmp_path):
    path = save_checkpoint(tmp_path, 7, ARRAYS, IDENTITY)
    content = path.read_bytes()
    for position in range(len(content)):
        path.write_bytes(flip(content, position))
        with pytest.raises(CheckpointError, match="step-00000007"):
            load_checkpoint(path)
    for length in (0, 7, 100, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match="step-00000007"):
            load_checkpoint(path)


def test_another_format_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 2)
    path = save_checkpoint(tmp_path, 7, ARRAYS, IDENTITY)
    monkeypatch.undo()
    with pytest.raises(
        CheckpointError, match="expected checkpoint format 1, received 2"
    ):
        load_checkpoint(path)
    save_file({"W": np.ones(1)}, path)
    with pytest.raises(CheckpointError, match="received none"):
        load_checkpoint(path)


def test_the_newest_whole_one_is_found(tmp_path):
    for step in (1, 2, 3):
        last = save_checkpoint(tmp_path, step, ARRAYS, IDENTITY)
    last.write_bytes(b"")
    (tmp_path / ".step-00000004.safetensors.tmp").write_bytes(b"half")
    found, errors = newest_checkpoint(tmp_path)
    assert found is not None
    assert checkpoint.checkpoint_step(found.path) == 2
    assert [str(last) in str(error) for error in errors] == [True]
    assert newest_checkpoint(tmp_path / "none") == (None, [])


def test_a_full_disk_leaves_the_old_file_and_no_temporary(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
