"""What is said to people, as facts: the edge finds the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from store import Authority, Environment, PendingRestart, Upload, Version


@dataclass(frozen=True, slots=True)
class OfferDue:
    """Say to the uploader what was dropped."""

    upload: Upload


@dataclass(frozen=True, slots=True)
class Card:
    """Show the channel what was deposited."""

    version: Version
    environment: Environment


@dataclass(frozen=True, slots=True)
class AuthoritiesCard:
    """Show the channel which authorities were added, and by whom."""

    environment: Environment
    added: tuple[Authority, ...]
    by: str


@dataclass(frozen=True, slots=True)
class RemovedCard:
    """Tell the channel that a certificate or an authority was removed."""

    environment: Environment
    target: Version | Authority
    by: str


@dataclass(frozen=True, slots=True)
class DeedCard:
    """Tell the channel that a version was made current again, restored or pinned."""

    environment: Environment
    version: Version | Authority
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """Tell the channel that reminders rest from a first to a last day, or (without ``span``) no longer do."""

    environment: Environment
    by: str
    span: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Reminder:
    """Post a restart reminder; ``previous`` (channel, ts) is the one it takes the place of."""

    restart: PendingRestart
    environment: Environment
    occurrence: int
    previous: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ReminderUpdate:
    """Bring the reminder that stands up to date: more changes, put off, or confirmed."""

    restart: PendingRestart
    environment: Environment


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Delete a file with a private key from the channel, or tell the uploader that it still lies there."""

    upload: Upload


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends: its chain's earliest end."""

    environment: Environment
    target: Version | Authority
    ends: datetime


@dataclass(frozen=True, slots=True)
class Expiry:
    """Warn that something ends; ``days`` is the threshold that was reached, ``mention`` calls its owners.

    ``item`` is the id of the due item, by which an answer finds the message again.
    """

    item: str
    ending: Ending
    days: int
    mention: bool


@dataclass(frozen=True, slots=True)
class ExpirySeen:
    """Bring a warning's message (``where``: channel, ts) up to date: ``by`` has seen it."""

    ending: Ending
    where: tuple[str, str]
    by: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Tell the channel once a week what ends in a while, soonest first."""

    channel: str
    endings: tuple[Ending, ...]


Delivery = (
    OfferDue
    | Card
    | AuthoritiesCard
    | RemovedCard
    | DeedCard
    | Freeze
    | Reminder
    | ReminderUpdate
    | Cleanup
    | Expiry
    | ExpirySeen
    | Digest
)


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing to say now: it is a quiet hour, a freeze or a day of rest where the app is, until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The message that came of a delivery."""

    channel: str
    ts: str


class Later(Exception):
    """Not now: try again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class Deliverer(Protocol):
    """Says things to people."""

    async def deliver(self, delivery: Delivery) -> Receipt | None:
        """Say it; returns the message it became. Raises :class:`Later`, or anything else to be tried again."""
