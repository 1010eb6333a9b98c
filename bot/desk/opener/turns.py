"""A few places that groups take in turn, so that nobody waits for all that another group has in the queue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Let ``places`` tasks in at a time. A free place goes to the group that has waited longest for one."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @property
    def is_full(self) -> bool:
        """Return whether the next one has to wait."""
        return not self._free

    @asynccontextmanager
    async def of(self, group: str) -> AsyncIterator[None]:
        """Wait for a place, and hold it meanwhile."""
        await self._take(group)
        try:
            yield
        finally:
            self._give()

    async def _take(self, group: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(group, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had been given the place in the same moment
                self._give()
            raise

    def _give(self) -> None:
        """Hand the place to the next group, which then stands behind all others."""
        while self._waiting:
            group = next(iter(self._waiting))
            several = self._waiting.pop(group)
            turn = several.popleft()
            if several:
                self._waiting[group] = several
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
