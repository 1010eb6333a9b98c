"""What the workspace is told to do wrong, so that tests see what the bot makes of it."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field

DOWNLOAD, RESPONSE_URL = "download", "response_url"
"""Stand in for a method where the bytes of a file shall not come, or an answer shall not be taken."""


@dataclass(slots=True)
class Fault:
    """One way to fail: a status, or a pause before the answer; ``times`` calls long.

    ``after`` is whether the call is done before it fails, as Slack may. ``host`` is the name by which the bot calls
    the workspace, where not everybody's call shall fail.
    """

    status: int
    retry_after: int | None = None
    delay: float = 0.0
    times: int = 1
    after: bool = False
    host: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """``Retry-After``, where one was asked for."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


@dataclass(slots=True)
class Chances:
    """How often calls fail by chance: shares of 429 (with ``retry_after`` seconds) and of 500, half of them too late.

    Repeatable by its seed, as far as the calls come in the same order.
    """

    limited: float
    broken: float
    retry_after: int
    chance: random.Random

    def fault(self) -> Fault | None:
        """The fault of the next call, if it has one."""
        thrown = self.chance.random()
        if thrown < self.limited:
            return Fault(429, self.retry_after)
        if thrown < self.limited + self.broken:
            return Fault(500, after=self.chance.random() < 0.5)
        return None


@dataclass(frozen=True, slots=True)
class Early:
    """A call that came inside a ``Retry-After``: that many seconds before its end."""

    method: str
    seconds: float


@dataclass(slots=True)
class Faults:
    """Faults by method: those that were asked for, in their order, and those by chance.

    ``early`` holds every call that came inside a ``Retry-After``, which is seconds of the real world whatever the
    workspace's clock says. By method, ``limited`` counts the answers with 429, and ``held_back`` the calls that are
    done and not answered yet. ``late_acks`` is the seconds between the bot's acknowledgement of a submission and what
    the workspace makes of it: Slack promises no order between that and calls that the bot makes meanwhile.
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
    ) -> None:
        """Let the next ``times`` calls of ``method`` fail; status 200 with a delay (seconds) is only slow."""
        self._planned.setdefault(method, []).append(Fault(status, retry_after, delay, times, after, host))

    def fail_by_chance(
        self, method: str, *, limited: float = 0.0, broken: float = 0.0, retry_after: int = 1, seed: int = 0
    ) -> None:
        """Let that share of the calls fail from now on; calls inside a ``Retry-After`` are refused, as Slack does."""
        chance = random.Random(seed)  # noqa: S311  repeatable, not secret
        self._chances[method] = Chances(limited, broken, retry_after, chance)

    def planned(self, method: str) -> int:
        """How many faults of a method were asked for and have not come yet."""
        return sum(one.times for one in self._planned.get(method, ()))

    def next(self, method: str, host: str = "") -> Fault | None:
        """The fault of this very call, which arrives now, if there is one."""
        left = self._until.get(method, 0.0) - time.monotonic()
        if left > 0:
            self.early.append(Early(method, left))
        return self._next_planned(method, host) or self._by_chance(method, left)

    def answered(self, method: str, fault: Fault) -> None:
        """The call is answered with its fault now: a ``Retry-After`` counts from here."""
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
