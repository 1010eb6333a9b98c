"""Running handlers, tracked so that shutdown can wait for them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class InFlight:
    """Hold every running listener and background task; asyncio itself keeps only weak references to tasks."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[Any], int] = {}

    def __len__(self) -> int:
        return len(self._running)

    def track(self, func: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        """Wrap a coroutine function so that the task that runs it counts as in flight meanwhile."""

        @functools.wraps(func)
        async def tracked(*args: P.args, **kwargs: P.kwargs) -> R:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  a coroutine runs in a task
            self._running[task] = self._running.get(task, 0) + 1
            try:
                return await func(*args, **kwargs)
            finally:
                self._leave(task)

        return tracked

    def _leave(self, task: asyncio.Task[Any]) -> None:
        left = self._running.pop(task) - 1
        if left:
            self._running[task] = left

    def spawn(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Run ``work`` as a task of its own, tracked until it ends."""
        task = asyncio.create_task(work)
        self._running[task] = 1
        task.add_done_callback(lambda done: self._running.pop(done, None))
        return task

    async def wait(self, timeout: float) -> bool:
        """Wait until nothing runs, for at most ``timeout`` seconds; return False if something still does."""
        try:
            async with asyncio.timeout(timeout):
                while others := self._running.keys() - {asyncio.current_task()}:
                    await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            return False
        return True
