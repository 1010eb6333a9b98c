"""The line on which the page hears that something changed: server-sent events, each without a content."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.workspace.core.state import State

HEARTBEAT_SECONDS = 15.0


class Streams:
    """The open lines of all pages."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Say ``{}`` at every change; a comment now and then keeps the line open."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        changed = self._state.watch()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  aiohttp runs handlers in tasks
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await response.prepare(request)
                while True:
                    await response.write(await _next_line(changed))
        finally:
            self._state.unwatch(changed)
            self._tasks.discard(task)
        return response

    def end(self) -> None:
        """End every line, so that stopping does not wait for pages that stay open."""
        for task in list(self._tasks):
            task.cancel()


async def _next_line(changed: asyncio.Event) -> bytes:
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await changed.wait()
    except TimeoutError:
        return b": still here\n\n"
    changed.clear()
    return b"data: {}\n\n"
