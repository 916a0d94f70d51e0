"""How many parts a batch is best cut into: from the caches and the networks' shapes.

Every part runs on a thread of its own, so that there are at least as many as cores.
More parts make smaller ones, whose arrays stay in the cache that the cores share; but
products of small matrices are slower, and each part transforms the weights again. So
parts double only while the largest array that a layer keeps for one of them, with the
three kinds of samples that a critic sees at once, is more than twice that cache
(measured with ``benchmarks/critic_step.py --shards``: DCGAN-64 is fastest in 2 parts,
the CIFAR ResNet in 4 to 8).
"""

import os
from pathlib import Path

import numpy as np

from scratchgan import tree
from scratchgan.layers import Context
from scratchgan.rng import Stream
from scratchgan.training.system import Player, System
from scratchgan.types import Array

#: Of the last level, where the system does not tell: bytes.
USUAL_CACHE = 32 * 2**20
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
ROOM = 2  # caches that a part's largest array may fill
KINDS = 3  # real, generated and interpolated samples in one pass
PROBE = 4  # samples that are looked at


def choose_shards(system: System, cores: int | None = None, cache: int = 0) -> int:
    """The number of parts for the phases of `system` that may be cut.

    Parameters
    ----------
    system : System
        Players and phases.
    cores : int, optional
        Threads that run at a time; this machine's when left out.
    cache : int
        Bytes of the cache that they share; this machine's when 0.
    """
    batches = [p.batch_size for p in system.phases if p.batch_size is not None]
    if not batches:
        return 1
    shards, room = cores or os.cpu_count() or 1, cache or last_level_cache()
    sample = max(largest_array(player) for player in system.players.values())
    total = KINDS * sample * max(batches)
    while total > ROOM * room * shards and 2 * shards <= max(batches):
        shards *= 2
    return min(shards, max(batches))


def largest_array(player: Player) -> int:
    """Bytes of the largest array of one sample that any layer keeps, in float32."""
    params, _ = player.network.init(np.random.default_rng(0), player.in_shape)
    ctx = Context(stream=Stream(0, "probe"))
    params = tree.astype(params, np.float32)
    y, cache = player.network.forward(params, _zeros(player.in_shape), ctx)
    kept = [a for a in tree.leaves((y, cache)) if hasattr(a, "nbytes")]
    return max((a.nbytes // PROBE for a in kept), default=0)


def last_level_cache(caches: Path = CACHES) -> int:
    """Bytes of the largest cache that the first core sees."""
    sizes = [_bytes(file.read_text()) for file in caches.glob("index*/size")]
    return max(sizes, default=USUAL_CACHE)


def _bytes(text: str) -> int:
    """Such as 32768K."""
    units = {"K": 2**10, "M": 2**20, "G": 2**30}
    text = text.strip()
    return int(text.rstrip("KMG")) * units.get(text[-1:], 1)


def _zeros(shape: tuple) -> Array | tuple:
    """Samples of `shape`, or a tuple of such; labels are integers of shape ()."""
    if shape and isinstance(shape[0], tuple):
        return tuple(_zeros(each) for each in shape)
    return np.zeros((PROBE, *shape), np.float32 if shape else np.int64)
