"""Each signature is let in once: by this process, and by all that share its database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from store import Store, Unavailable
from store.operations import signatures

log = structlog.get_logger(__name__)

HERE, ELSEWHERE = "here", "elsewhere"
# Slack waits three seconds for an answer. A database that is busy for longer than this is not waited for.
_SHARED_SECONDS = 1.0


class Once:
    """Remembers signatures for ``seconds``, here and in the store. While the store is away, here alone.

    ``now`` returns seconds since 1970, by a clock that nobody moves.
    """

    def __init__(self, store: Callable[[], Store], seconds: float, now: Callable[[], float]) -> None:
        self._store = store
        self._seconds = seconds
        self._now = now
        self._known: dict[str, float] = {}
        self._from_before: frozenset[str] | None = None
        self._forget_at = 0.0
        self._writing: dict[str, asyncio.Task[bool]] = {}

    async def taken(self, signature: str) -> str | None:
        """Take a signature, and return where it was taken before: :data:`HERE`, :data:`ELSEWHERE` or nowhere."""
        if not self._is_new_here(signature):
            return HERE
        try:
            elsewhere = await self._was_taken_elsewhere(signature)
        except BaseException:  # nothing was done with it: whoever sends it again is let in
            self._known.pop(signature, None)
            raise
        if elsewhere:
            self._known.pop(signature, None)  # it was not had here, and whoever sends it again hears the same
            return ELSEWHERE
        return None

    async def _was_taken_elsewhere(self, signature: str) -> bool:
        if self._store().is_shared:
            writing = self._write(signature)
            done, _ = await asyncio.wait({writing}, timeout=_SHARED_SECONDS)
            if not done:
                log.warning("signature_not_shared", reason="busy")
            return bool(done) and not writing.result()
        # Nobody else writes into this database: what was in it at first is all that this process did not have itself.
        if signatures.digest(signature) in await self._before():
            return True
        self._write(signature)
        return False

    def _write(self, signature: str) -> asyncio.Task[bool]:
        """Begin to write a signature down. It goes on when nobody waits for it."""
        writing = asyncio.create_task(self._is_new_in_store(signature), name="signature")
        self._writing[signature] = writing
        writing.add_done_callback(lambda _: self._writing.pop(signature, None))
        return writing

    async def _before(self) -> frozenset[str]:
        if self._from_before is None:
            try:
                async with self._store().reading() as tx:
                    self._from_before = await signatures.all_(tx)
            except Unavailable as away:
                log.warning("signatures_not_read", reason=away.reason)
                return frozenset()
        return self._from_before

    async def give_back(self, signature: str) -> None:
        """Let a signature in once more: Slack sends again what was answered with an error, maybe at once."""
        if self._known.pop(signature, None) is None:
            return
        try:
            if signature in self._writing:
                await self._writing[signature]
            async with self._store().transaction() as tx:
                await signatures.give_back(tx, signature)
        except Unavailable as away:
            log.warning("signature_not_given_back", reason=away.reason)

    async def close(self) -> None:
        """Wait for what is still being written."""
        await asyncio.gather(*self._writing.values(), return_exceptions=True)

    def _is_new_here(self, signature: str) -> bool:
        """Remember a signature. The oldest come first: those that are too old by now are forgotten."""
        now = self._now()
        while self._known and (oldest := next(iter(self._known))) and self._known[oldest] < now - self._seconds:
            del self._known[oldest]
        if signature in self._known:
            return False
        self._known[signature] = now
        return True

    async def _is_new_in_store(self, signature: str) -> bool:
        at = datetime.fromtimestamp(self._now(), UTC)
        try:
            async with self._store().transaction() as tx:
                if self._now() >= self._forget_at:
                    self._forget_at = self._now() + self._seconds
                    await signatures.forget(tx, before=at - timedelta(seconds=self._seconds))
                return await signatures.take(tx, signature, at)
        except Unavailable as away:
            log.warning("signature_not_shared", reason=away.reason)
            return True
