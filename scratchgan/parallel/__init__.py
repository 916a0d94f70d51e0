"""Sums of gradients over parts of a batch: over threads now, over machines later."""

from scratchgan.parallel.shards import Workers, shard_system

__all__ = ["Workers", "shard_system"]
