"""Server-sent events that tell the page that something changed; they carry no data."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.workspace.core.state import State

HEARTBEAT_SECONDS = 15.0


class Streams:
    """The open event streams of all pages."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send ``{}`` at each change, and a comment every 15 seconds to keep the connection open."""
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
        """End each stream, so that stopping does not wait for open pages."""
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
