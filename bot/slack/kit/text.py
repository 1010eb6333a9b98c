"""Lists, numbers and sizes as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile

from bot.slack.kit.escape import code


def pin_list(pins: Sequence[str], most: int = 10) -> str:
    """Return pins in code spans, folded past ``most``."""
    return folded([code(pin, 80) for pin in pins], most) if pins else "none"


def folded(
    texts: Sequence[str], most: int, separator: str = ", ", longest: int = 1800, *, total: int | None = None
) -> str:
    """Return the first ``most`` that fit into ``longest`` characters, and how many more there are."""
    shown = texts[: fitting(texts, most, separator, longest)]
    rest = (len(texts) if total is None else total) - len(shown)
    return separator.join([*shown, f"and {rest} more"] if rest else shown)


def fitting(texts: Sequence[str], most: int, separator: str, longest: int) -> int:
    """Return how many of them :func:`folded` shows."""
    lengths = accumulate(len(text) + len(separator) for text in texts[:most])
    return sum(1 for _ in takewhile(lambda length: length <= longest, lengths))


def listed(several: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``."""
    return " and ".join([", ".join(several[:-1]), several[-1]] if len(several) > 1 else several)


def count(number: int, one: str, many: str = "") -> str:
    """Return ``1 day``, ``2 days``; ``many`` for plurals without an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Return a number of bytes for people."""
    if number < 1024:
        return count(number, "byte")
    if number < 1024 * 1024:
        return f"{number / 1024:.1f} KB"
    return f"{number / 1024 / 1024:.1f} MB"
