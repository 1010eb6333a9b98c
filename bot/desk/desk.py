"""The desk itself: what every use case works with, and who comes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from bot.certificates import Context
from bot.desk.errors import NotAllowed
from bot.desk.opening import MEBIBYTE, Opener
from store import Store


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator may want otherwise: ``morning`` is local time in an environment's zone, keys are in bits.

    ``thresholds`` are days before an end, of which those up to ``near_days`` get a message each; owners are mentioned
    from ``mention_days`` on.
    """

    expires_soon: timedelta = timedelta(days=90)
    max_bytes: int = 10 * MEBIBYTE
    min_rsa_bits: int = 2048
    min_ec_bits: int = 224
    morning: time = time(9, 0)
    thresholds: tuple[int, ...] = (90, 60, 30, 14, 7, 3, 1, 0)
    near_days: int = 30
    mention_days: int = 14

    @property
    def near(self) -> tuple[int, ...]:
        """The thresholds that get a message of their own; what is farther off stands in the weekly digest."""
        return tuple(days for days in self.thresholds if days <= self.near_days) or (min(self.thresholds),)


@dataclass(slots=True)
class Desk:
    """The store, the opener and the clock (aware, UTC); ``nudge`` is set when something has become due."""

    store: Store
    opener: Opener
    clock: Callable[[], datetime]
    policy: Policy = field(default_factory=Policy)
    nudge: asyncio.Event = field(default_factory=asyncio.Event)

    def context(self, current: frozenset[str] = frozenset(), previous: bytes | None = None) -> Context:
        """What a file is judged against now; ``previous`` is the certificate (DER) that a new version follows."""
        return Context(
            now=self.clock(),
            expires_soon=self.policy.expires_soon,
            max_bytes=self.policy.max_bytes,
            current=current,
            previous=previous,
            min_rsa_bits=self.policy.min_rsa_bits,
            min_ec_bits=self.policy.min_ec_bits,
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the workspace, as the edge found them; ``timezone`` is an IANA name."""

    id: str
    is_guest: bool = False
    is_admin: bool = False
    timezone: str = "UTC"

    def must_manage(self) -> None:
        """Raises :class:`NotAllowed` for who may look and not change."""
        if self.is_guest:
            raise NotAllowed
