"""Faults that tests inject: slow, failing and rate-limited answers to the bot."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field

DOWNLOAD, RESPONSE_URL = "download", "response_url"
"""Names to use in place of a method: downloads of files, and posts to a ``response_url``."""


@dataclass(slots=True)
class Fault:
    """A fault of the next ``times`` calls: a status, and a delay in seconds before the answer.

    ``after`` is whether the call takes effect before it fails, as it may at Slack. ``host`` limits the fault to calls
    that name the workspace so. ``error`` is a refusal of Slack's, with status 200.
    """

    status: int
    retry_after: int | None = None
    delay: float = 0.0
    times: int = 1
    after: bool = False
    host: str | None = None
    error: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Return ``Retry-After`` if the fault has one."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


@dataclass(slots=True)
class Chances:
    """Random faults: the shares of 429 (with ``retry_after`` seconds) and of 500, half of which take effect.

    Repeatable with the same seed if the calls come in the same order.
    """

    limited: float
    broken: float
    retry_after: int
    chance: random.Random

    def fault(self) -> Fault | None:
        """Return the next call's fault, or None."""
        thrown = self.chance.random()
        if thrown < self.limited:
            return Fault(429, self.retry_after)
        if thrown < self.limited + self.broken:
            return Fault(500, after=self.chance.random() < 0.5)
        return None


@dataclass(frozen=True, slots=True)
class Early:
    """A call within a ``Retry-After``, and the seconds that were left of it."""

    method: str
    seconds: float


@dataclass(slots=True)
class Faults:
    """Faults by method: the planned ones in their order, then random ones.

    ``early`` holds each call within a ``Retry-After``, which counts on the wall clock, not on the workspace's. By
    method, ``limited`` counts the answers with 429, and ``held_back`` the calls that took effect and are not answered
    yet. ``late_acks`` delays what follows from the acknowledgement of a submission, in seconds: Slack promises no
    order between that and calls that the bot makes meanwhile.
    """

    early: list[Early] = field(default_factory=list)
    limited: dict[str, int] = field(default_factory=dict)
    held_back: dict[str, int] = field(default_factory=dict)
    late_acks: float = 0.0
    _planned: dict[str, list[Fault]] = field(default_factory=dict)
    _chances: dict[str, Chances] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def fail(
        self,
        method: str,
        *,
        status: int = 500,
        retry_after: int | None = None,
        delay: float = 0.0,
        times: int = 1,
        after: bool = False,
        host: str | None = None,
        error: str = "",
    ) -> None:
        """Make the next ``times`` calls of ``method`` fail; status 200 with a delay (seconds) makes them slow only.

        With ``error`` they are refused with that code.
        """
        fault = Fault(200 if error else status, retry_after, delay, times, after, host, error)
        self._planned.setdefault(method, []).append(fault)

    def fail_by_chance(
        self, method: str, *, limited: float = 0.0, broken: float = 0.0, retry_after: int = 1, seed: int = 0
    ) -> None:
        """Make a share of the calls fail from now on; calls within a ``Retry-After`` are refused, as at Slack."""
        chance = random.Random(seed)  # noqa: S311  repeatable, not secret
        self._chances[method] = Chances(limited, broken, retry_after, chance)

    def planned(self, method: str) -> int:
        """Return the number of planned faults of a method that are still to come."""
        return sum(one.times for one in self._planned.get(method, ()))

    def next(self, method: str, host: str = "") -> Fault | None:
        """Return the fault of the call that arrives now, or None."""
        left = self._until.get(method, 0.0) - time.monotonic()
        if left > 0:
            self.early.append(Early(method, left))
        return self._next_planned(method, host) or self._by_chance(method, left)

    def answered(self, method: str, fault: Fault) -> None:
        """Note that a call is answered with its fault; its ``Retry-After`` counts from now."""
        if fault.status == 429 and fault.retry_after is not None:
            self.limited[method] = self.limited.get(method, 0) + 1
            until = time.monotonic() + fault.retry_after
            self._until[method] = max(self._until.get(method, 0.0), until)

    def _next_planned(self, method: str, host: str) -> Fault | None:
        planned = self._planned.get(method, [])
        fault = next((one for one in planned if one.host in {None, host}), None)
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            planned.remove(fault)
        return fault

    def _by_chance(self, method: str, left: float) -> Fault | None:
        chances = self._chances.get(method)
        if chances is None:
            return None
        return Fault(429, math.ceil(left)) if left > 0 else chances.fault()
