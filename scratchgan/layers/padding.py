"""How the taps of a convolution are spelled: kernel, stride, dilation and padding."""

from typing import Any, Literal, TypeAlias

#: One number for all axes, or one an axis.
PerAxis: TypeAlias = int | tuple[int, ...]

#: Zeros on every side, one number an axis, one (before, after) an axis, or TensorFlow's
#: "same": ceil(n / stride) outputs, the odd zero after.
Padding: TypeAlias = (
    int | tuple[int, ...] | tuple[tuple[int, int], ...] | Literal["same"]
)


def per_axis(value: PerAxis, axes: int, name: str) -> tuple[int, ...]:
    """`value` as one integer an axis.

    Raises
    ------
    ValueError
        If it is not one positive integer, or `axes` of them.
    """
    each = (value,) * axes if isinstance(value, int) else tuple(value)
    if len(each) != axes or any(
        isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in each
    ):
        raise ValueError(
            f"{name}: expected an integer >= 1, or {axes} of them, received {value}"
        )
    return each


def resolve(
    padding: Padding,
    size: tuple[int, ...],
    extent: tuple[int, ...],
    stride: tuple[int, ...],
) -> tuple[tuple[int, int], ...]:
    """`padding` as (before, after) an axis, for an input of `size`.

    Parameters
    ----------
    padding : Padding
        In any of its forms.
    size, extent, stride : tuple of int
        Of the input, of the kernel with its dilation, and between outputs; one an axis.

    Raises
    ------
    ValueError
        If it is none of the forms of `Padding`, or negative.
    """
    if padding == "same":
        return tuple(
            _same(n, k, s) for n, k, s in zip(size, extent, stride, strict=True)
        )
    sides = sides_of(padding, len(size))
    if sides is None or any(n < 0 for pair in sides for n in pair):
        raise ValueError(
            "padding: expected an integer >= 0, one an axis, one (before, after) an "
            f"axis, or 'same', received {padding!r}"
        )
    return sides


def sides_of(padding: Any, axes: int) -> tuple[tuple[int, int], ...] | None:
    """`padding` as (before, after) an axis, or None if it has another form."""
    each = (padding,) * axes if isinstance(padding, int) else padding
    if not isinstance(each, tuple) or len(each) != axes:
        return None
    sides = tuple((p, p) if isinstance(p, int) else p for p in each)
    for pair in sides:
        if not isinstance(pair, tuple) or len(pair) != 2:
            return None
        if any(not isinstance(n, int) for n in pair):
            return None
    return sides


def _same(n: int, extent: int, stride: int) -> tuple[int, int]:
    total = max(0, (-(-n // stride) - 1) * stride + extent - n)
    return total // 2, total - total // 2
