"""Search terms of a certificate: the words of its subject and label."""

from __future__ import annotations

LONGEST = 64


def words(text: str) -> set[str]:
    """Return the words of a text, case folded, cut to 64 characters; everything but letters and digits divides them."""
    kept = "".join(char if char.isalnum() else " " for char in text.casefold())
    return {word[:LONGEST] for word in kept.split()}
