"""Doing what many ask for at the same moment in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# So many share a transaction, and others wait no longer than it takes.
_MOST = 200


class Together(Generic[Item, Result]):
    """Hand ``work`` all items that came while it was busy. It begins after each of them was asked for.

    ``work`` returns a result, or an exception that is one item's own, for each item in order; what it raises is raised
    for all of them.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """Return the item's result, or raise its exception."""
        turn: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, turn))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await turn

    async def _run(self) -> None:
        while self._waiting:
            several, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            try:
                results = await self._work([item for item, _ in several])
            except Exception as error:
                results = [error] * len(several)
            for (_, turn), result in zip(several, results, strict=True):
                _end(turn, result)


def _end(turn: asyncio.Future[Result], result: Result | Exception) -> None:
    if turn.done():  # whoever asked has gone
        return
    if isinstance(result, Exception):
        turn.set_exception(result)
    else:
        turn.set_result(result)
