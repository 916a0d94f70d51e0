"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.ngram import jensen_shannon, ngram_divergences

__all__ = ["jensen_shannon", "ngram_divergences"]
