"""How much zero padding a convolution gets, spelled in any of the usual ways."""

from typing import Literal, TypeAlias

#: Pixels on every side, (vertical, horizontal), ((top, bottom), (left, right)), or
#: TensorFlow's "same": ceil(n / stride) outputs, the odd pixel at the bottom and right.
Padding: TypeAlias = (
    int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]] | Literal["same"]
)


def pair(value: int | tuple[int, int], name: str) -> tuple[int, int]:
    """`value` as (vertical, horizontal).

    Raises
    ------
    ValueError
        If it is not one or two positive integers.
    """
    both = (value, value) if isinstance(value, int) else tuple(value)
    if len(both) != 2 or any(not isinstance(n, int) or n < 1 for n in both):
        raise ValueError(f"{name}: expected one or two integers >= 1, received {value}")
    return both[0], both[1]


def resolve(
    padding: Padding,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """`padding` as ((top, bottom), (left, right)) for an input of `size`.

    Raises
    ------
    ValueError
        If it is none of the forms of `Padding`, or negative.
    """
    if padding == "same":
        height, width = (
            _same(n, k, s) for n, k, s in zip(size, kernel, stride, strict=True)
        )
        return height, width
    if isinstance(padding, int):
        padding = (padding, padding)
    try:
        vertical, horizontal = (
            (p, p) if isinstance(p, int) else (p[0], p[1]) for p in padding
        )
    except (TypeError, ValueError, IndexError):
        vertical = horizontal = (-1, -1)
    if any(not isinstance(p, int) or p < 0 for p in (*vertical, *horizontal)):
        raise ValueError(
            "padding: expected an integer >= 0, a pair, a pair of pairs or 'same', "
            f"received {padding!r}"
        )
    return vertical, horizontal


def _same(n: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max(0, (-(-n // stride) - 1) * stride + kernel - n)
    return total // 2, total - total // 2
