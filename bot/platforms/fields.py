"""What the forms of several platforms share."""

from __future__ import annotations

LONGEST = 200
SEALED = (
    "Slack cannot mask what you type: it can be read on your screen. "
    "It is encrypted like a private key and never shown again."
)


def is_word(text: str, shortest: int) -> bool:
    """Return whether it is one line of ASCII without spaces, as a header takes it."""
    return shortest <= len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text
