"""Where a deed comes from, for the trail: known at the edge, written down with every event that follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WHERE: ContextVar[str] = ContextVar("where", default="")


@contextmanager
def coming_from(where: str) -> Iterator[None]:
    """Everything done inside, tasks begun there included, comes from ``where``: an id of ours or of Slack's."""
    before = _WHERE.set(where)
    try:
        yield
    finally:
        _WHERE.reset(before)


def noted() -> dict[str, str]:
    """What an event's detail gets for it; nothing where nobody said."""
    where = _WHERE.get()
    return {"where": where} if where else {}
