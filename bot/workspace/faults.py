"""What the workspace is told to do wrong, so that tests see what the bot makes of it."""

from __future__ import annotations

from dataclasses import dataclass

DOWNLOAD = "download"
"""Stands in for a method where the bytes of a file shall not come."""


@dataclass(slots=True)
class Fault:
    """One way to fail: a status, or a pause before the answer; ``times`` calls long."""

    status: int
    retry_after: int | None
    delay: float
    times: int

    @property
    def headers(self) -> dict[str, str]:
        """``Retry-After``, where one was asked for."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class Faults:
    """Faults by method, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._planned: dict[str, list[Fault]] = {}

    def fail(
        self, method: str, *, status: int = 500, retry_after: int | None = None, delay: float = 0.0, times: int = 1
    ) -> None:
        """Let the next ``times`` calls of ``method`` fail; status 200 with a delay (seconds) is only slow."""
        self._planned.setdefault(method, []).append(Fault(status, retry_after, delay, times))

    def next(self, method: str) -> Fault | None:
        """The fault of this very call, if there is one."""
        planned = self._planned.get(method, [])
        if not planned:
            return None
        fault = planned[0]
        fault.times -= 1
        if fault.times <= 0:
            planned.pop(0)
        return fault
