"""Computing one step in parts; see `shards` and `microbatch`."""

from scratchgan.parallel.microbatch import choose_shards
from scratchgan.parallel.shards import shard_system

__all__ = ["choose_shards", "shard_system"]
