"""Words that several commands share."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return the number with its noun, such as ``1 secret`` or ``1,200 secrets``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
