"""How far the n-grams of two texts are apart: Jensen–Shannon divergence in bits.

For two distributions P and Q over the same symbols, and their mean M (Lin 1991, with
equal weights),

    M   = (P + Q) / 2
    JSD = ½ Σ p log₂(p / m) + ½ Σ q log₂(q / m)          with 0 log 0 = 0

It is symmetric, 0 where P = Q and nowhere else, 1 where no symbol has both, and finite
always, since m > 0 wherever p or q is: the Kullback–Leibler divergence from one to the
other would be infinite as soon as one n-gram is never seen.

P and Q are here the relative frequencies of n-grams, the n neighbouring characters at
every place of every window, as in the WGAN-GP authors' language_helpers.py.

Frequencies in finite texts differ even where the texts have one author, the more the
longer the n-grams are, since most of the possible ones are rare. What a perfect
generator would reach is therefore measured, not zero: the divergence of as many windows
of *training* text.
"""

import numpy as np

from scratchgan.types import Array


def ngram_divergences(a: Array, b: Array, longest: int) -> list[float]:
    """Divergence between two sets of windows, for n-grams of 1 to `longest` characters.

    An (n + 1)-gram is the pair of an n-gram and the character behind it, so that each
    length numbers its kinds from those of the length before.

    Parameters
    ----------
    a, b : Array
        One non-negative integer a character, ``(N, L)`` and ``(N′, L′)``.
    longest : int
        At most L and L′.

    Raises
    ------
    ValueError
        If there are no n-grams of `longest` characters.
    """
    for name, windows in (("a", a), ("b", b)):
        if windows.ndim != 2 or not len(windows) or windows.shape[1] < longest:
            raise ValueError(
                f"{name}: expected windows (N, L) of at least {longest} characters, "
                f"received {windows.shape}"
            )
    size = 1 + int(max(a.max(), b.max()))
    kinds = _numbered(a, b)
    found = [_divergence(*kinds)]
    for n in range(2, longest + 1):
        longer = [
            kind[:, :-1] * size + windows[:, n - 1 :]
            for kind, windows in zip(kinds, (a, b), strict=True)
        ]
        kinds = _numbered(*longer)
        found.append(_divergence(*kinds))
    return found


def jensen_shannon(p: Array, q: Array) -> float:
    """Divergence in bits between two distributions, given by weights ``(K,)``.

    Raises
    ------
    ValueError
        If the shapes differ, a weight is negative or not finite, or all are zero.
    """
    p, q = _probabilities("p", p), _probabilities("q", q)
    if p.shape != q.shape:
        raise ValueError(f"q: expected the shape of p {p.shape}, received {q.shape}")
    m = (p + q) / 2
    # not negative, but for rounding
    return max(0.0, (_kullback_leibler(p, m) + _kullback_leibler(q, m)) / 2)


def _numbered(a: Array, b: Array) -> tuple[Array, Array]:
    """The distinct values of both arrays as 0, 1, 2, …, int64 of the same shapes."""
    _, kind = np.unique(np.concatenate([a.ravel(), b.ravel()]), return_inverse=True)
    kind = kind.astype(np.int64)
    return kind[: a.size].reshape(a.shape), kind[a.size :].reshape(b.shape)


def _divergence(a: Array, b: Array) -> float:
    """Between the frequencies of kinds, 0 to K − 1."""
    size = 1 + int(max(a.max(), b.max()))
    return jensen_shannon(*(np.bincount(x.ravel(), minlength=size) for x in (a, b)))


def _kullback_leibler(p: Array, m: Array) -> float:
    """Σ p log₂(p / m), over the symbols that p has."""
    seen = p > 0
    return float(np.sum(p[seen] * np.log2(p[seen] / m[seen])))


def _probabilities(name: str, weights: Array) -> Array:
    weights = np.asarray(weights, np.float64)
    total = weights.sum()
    if weights.ndim != 1 or not 0 < total < np.inf or weights.min() < 0:
        raise ValueError(
            f"{name}: expected non-negative weights (K,) that are not all zero, "
            f"received {weights.shape} with the sum {total}"
        )
    return weights / total
