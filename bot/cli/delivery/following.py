"""Keeping up with the desk: the first bundle, the next ones, and reporting what is loaded, however often it fails."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.cli.delivery.cache import Cache, NoCache
from bot.cli.delivery.desk_client import DeskClient, DeskRefuses, Fetched, Unchanged, Unreachable
from bot.cli.delivery.target import Target, say

WAIT = 55
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_HEARTBEAT = 3600.0
_GOODBYE = 5.0
# The token has ended by itself, which locks nobody out who has the last bundle already.
_EXPIRED = "token_expired"


class NoBundle(Exception):
    """There is no bundle to start from; the text says why."""


@dataclass
class Following:
    """What the commands share: the desk, and the file with the last bundle if there is one."""

    client: DeskClient
    target: Target
    cache: Cache | None = None
    _told: str = field(default="", repr=False)

    async def first(self, patience: float) -> Fetched:
        """Return the bundle; while the desk is away for longer than ``patience`` seconds, the last one from the cache.

        Raises :class:`NoBundle`.
        """
        clock = asyncio.get_running_loop().time
        until, pause = clock() + patience, _FIRST_PAUSE
        while True:
            try:
                return self._kept(await self._fetched())
            except DeskRefuses as refusal:
                if refusal.code == _EXPIRED and self.cache is not None:
                    say(f"{refusal}")
                    return self._cached(str(refusal))
                raise NoBundle(f"the desk refuses ({refusal.code}): {refusal}") from None
            except Unreachable as away:
                if clock() + pause > until:
                    return self._cached(f"the desk cannot be reached: {away}")
                self._once(f"The desk cannot be reached ({away}). Trying again for {patience:.0f} s.")
            await asyncio.sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311  instances must not ask together
            pause = min(pause * 2, 5.0)

    async def next(self, current: Fetched) -> Fetched:
        """Wait until there is another bundle, and until no change freeze is in the way.

        Whether there is one is what the desk says, and not the clock of this machine.
        """
        newest, frozen, pause = current, current.frozen_until, _FIRST_PAUSE
        while newest is current or frozen is not None:
            if newest is not current:
                self._once(f"Revision {newest.bundle.revision} waits for the end of the change freeze, {frozen}.")
            try:
                got = await self.client.fetch(etag=newest.etag, wait=WAIT)
            except (DeskRefuses, Unreachable) as error:
                self._once(f"No news from the desk: {error}")
                await asyncio.sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311  as above
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause, frozen = _FIRST_PAUSE, got.frozen_until
            if isinstance(got, Fetched):
                newest = self._kept(got)
        return newest

    async def report(self, fetched: Fetched, *, once: bool = False) -> None:
        """Report that this instance runs the bundle, and again each hour unless ``once``. It never fails."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self.client.loaded(self.target.instance, fetched.bundle.revision, fingerprints_of(fetched))
            except DeskRefuses as refusal:
                self._once(f"The desk does not take the report ({refusal.code}): {refusal}")
                if once:
                    return
                await asyncio.sleep(_LONGEST_PAUSE)
            except Unreachable as away:
                self._once(f"What runs cannot be reported: {away}")
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                if once:
                    return
                pause = _FIRST_PAUSE
                await asyncio.sleep(_HEARTBEAT)

    async def say_goodbye(self) -> None:
        """Report that this instance has ended, if that goes quickly."""
        with suppress(DeskRefuses, Unreachable, TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self.client.stopped(self.target.instance)

    async def _fetched(self) -> Fetched:
        got = await self.client.fetch()
        if isinstance(got, Unchanged):  # nothing was said of what is there
            raise Unreachable("something else than Certdesk answers there")
        return got

    def _kept(self, fetched: Fetched) -> Fetched:
        self._told = ""
        if self.cache is not None:
            try:
                self.cache.write(fetched, self.target.token(), datetime.now(UTC))
            except OSError as error:
                say(f"The last bundle could not be kept in {self.cache.path}: {error.strerror}.")
        return fetched

    def _cached(self, why: str) -> Fetched:
        if self.cache is None:
            raise NoBundle(f"{why}, and there is no --cache with the last bundle")
        try:
            fetched, at = self.cache.read(self.target.token())
        except NoCache as nothing:
            raise NoBundle(f"{why}, and {nothing}") from None
        say(f"Starting from the last bundle, revision {fetched.bundle.revision}, {_age(at)}, because {why}.")
        return fetched

    def _once(self, sentence: str) -> None:
        """Say it, unless it was the last thing that was said."""
        if sentence != self._told:
            say(sentence)
            self._told = sentence


def fingerprints_of(fetched: Fetched) -> Sequence[str]:
    """Return the SHA-256 of the client certificates."""
    return [one.sha256 for one in fetched.bundle.clients]


def _age(at: datetime) -> str:
    seconds = (datetime.now(UTC) - at).total_seconds()
    if seconds < -60:
        return f"fetched at {at:%Y-%m-%d %H:%M} UTC, which is in the future: see the clock of this machine"
    minutes = max(0, round(seconds / 60))
    return f"fetched {minutes} min ago" if minutes < 120 else f"fetched {minutes // 60} h ago"
