"""What restarts an app: each method is one call, bounded in time, and says what is known of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from store import AppState, Connection, Environment, PerformedRestart

STOP_FAILED = "STOP_FAILED"
ALREADY_STARTED = "ALREADY_STARTED"
STARTS_ALREADY = "APP_ALREADY_HAS_A_STARTING_JOB"
NO_SUCH_JOB = "NO_SUCH_STARTJOB"
DID_NOT_START = frozenset(
    {
        "NO_PACKAGE",
        "ALREADY_LOCKED",
        "DB_SYNC_FAILED",
        "INVALID_DB_STRUCTURE",
        "MISSING_CONSTANT",
        "INSECURE_ADMIN_PASSWORD",
        "STARTUP_ACTION_FAILED",
        "START_FAILED",
    }
)
"""How a job that starts an app says that it did not."""


class PlatformError(Exception):
    """A call did not go well; ``name`` is the platform's name for it in capitals, or ours in small letters."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Refused(PlatformError):
    """A clear no: this call changed nothing, or what it had begun has failed."""


class NotReached(PlatformError):
    """The call did not get there, or was turned away unread: it changed nothing. Come back in ``seconds``."""

    def __init__(self, name: str, seconds: float = 5.0) -> None:
        super().__init__(name)
        self.seconds = seconds


class Unclear(PlatformError):
    """No answer, or none that can be understood: nobody knows what the call did."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of a start: ``running`` where it needs no waiting, else the ``job`` to ask for."""

    running: bool
    job: str | None = None


class Platform(Protocol):
    """An app that can be restarted. Every method raises :class:`PlatformError`.

    A platform whose ``start`` is the whole restart, and must not be repeated, says so with ``by_itself``; its ``stop``
    is never called, and its ``state`` is unknown.
    """

    @property
    def by_itself(self) -> bool:
        """Whether one call does it all."""

    async def stop(self) -> None:
        """Stop the app; one that is stopped may stay so."""

    async def start(self) -> Begun:
        """Start the app; one that runs is :attr:`Begun.running`."""

    async def started(self, job: str) -> bool:
        """Whether the job has come to its end, which is a running app."""

    async def state(self) -> AppState:
        """What the platform says of the app."""


class Platforms(Protocol):
    """Knows how to reach what an environment is connected to."""

    def of(
        self, connection: Connection, secret: SecretStr, place: Environment, run: PerformedRestart | None
    ) -> Platform:
        """The app behind a connection; ``run`` is what is being performed, if anything."""

    def is_allowed(self, url: str) -> bool:
        """Whether a webhook may go there."""
