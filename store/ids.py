"""Ids of rows: 128 random bits, so that a row keeps its name in another database."""

from __future__ import annotations

from uuid import uuid4


def new_id() -> str:
    """32 lower-case hex digits."""
    return uuid4().hex
