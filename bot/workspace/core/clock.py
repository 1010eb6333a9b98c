"""The workspace's clock: the wall clock, moved forward as far as somebody moved it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta


class WorkspaceClock:
    """Time in the practice workspace; everyone who was asked to be told hears of each move."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._listeners: list[Callable[[], None]] = []
        self._sleepers: set[asyncio.Event] = set()

    def now(self) -> datetime:
        """Return the workspace's time, aware and in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Move forward; raises ValueError for a step back, which no clock of Slack's takes."""
        if by < timedelta():
            raise ValueError("the workspace's clock only goes forward")
        self._ahead += by
        for listener in self._listeners:
            listener()
        for sleeper in self._sleepers:
            sleeper.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep until this clock has gone on by ``seconds``: shorter than that where somebody moves it."""
        until = self.now() + timedelta(seconds=seconds)
        moved = asyncio.Event()
        self._sleepers.add(moved)
        try:
            while (left := (until - self.now()).total_seconds()) > 0:
                moved.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), left)
        finally:
            self._sleepers.discard(moved)

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each move."""
        self._listeners.append(listener)
