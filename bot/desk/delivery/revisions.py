"""Waiting for an environment's next revision: one question a second to the database, however many wait."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress

import structlog

from store import Store, Unavailable, environments

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 0.5


class Revisions:
    """Wake whoever waits for an environment when its revision is another one, in whichever replica it was changed."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._known: dict[asyncio.Future[None], int] = {}
        self._asking: asyncio.Task[None] | None = None
        self._closed = False

    async def changed(self, store: Store, environment_id: str, known: int, seconds: float) -> None:
        """Return when the revision is not ``known`` any more, the environment is gone, or ``seconds`` have passed."""
        if self._closed:
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting[environment_id].add(turn)
        self._known[turn] = known
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(store))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await turn
        finally:
            self._forget(environment_id, turn)

    def close(self) -> None:
        """Let everybody go, and nobody wait any more: the bot stops."""
        self._closed = True
        for turn in [*self._known]:
            _wake(turn)

    def _forget(self, environment_id: str, turn: asyncio.Future[None]) -> None:
        del self._known[turn]
        self._waiting[environment_id].discard(turn)
        if not self._waiting[environment_id]:
            del self._waiting[environment_id]

    async def _ask(self, store: Store) -> None:
        """Ask until nobody waits. Where the database is away, whoever waits goes on waiting."""
        while self._waiting:
            try:
                async with store.reading() as tx:
                    now = await environments.revisions(tx, [*self._waiting])
            except Unavailable as away:
                log.warning("revisions_unknown", reason=away.reason)
            else:
                self._wake_changed(now)
            await asyncio.sleep(_EVERY_SECONDS)

    def _wake_changed(self, now: dict[str, int]) -> None:
        for environment_id, turns in self._waiting.items():
            for turn in turns:
                if now.get(environment_id) != self._known[turn]:
                    _wake(turn)


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
