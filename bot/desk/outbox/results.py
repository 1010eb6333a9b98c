"""What is said to people, as facts: the edge finds the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from store import Authority, DueItem, Environment, PendingRestart, PerformedRestart, Upload, Version, expiry


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
    connected: bool = False


@dataclass(frozen=True, slots=True)
class ReminderRetired:
    """Take the buttons off a reminder (``where``: channel, ts) that another one stands in for."""

    environment: Environment
    where: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReminderUpdate:
    """Bring the reminder that stands up to date: more changes, put off, or confirmed."""

    restart: PendingRestart
    environment: Environment
    connected: bool = False


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
class Listed:
    """A line of the weekly list; ``days`` is the threshold that it has reached, None for what has ended."""

    ending: Ending
    days: int | None

    @property
    def mark(self) -> str:
        """What it is and how far it has come, in few characters (:func:`mark_of`)."""
        kind = expiry.VERSION if isinstance(self.ending.target, Version) else expiry.AUTHORITY
        return mark_of(kind, self.ending.target.id, self.days)


def mark_of(kind: str, id_: str, days: int | None) -> str:
    """``version:ID:DAYS`` or, of what has ended, ``authority:ID:``."""
    return f"{kind}:{id_}:{'' if days is None else days}"


@dataclass(frozen=True, slots=True)
class Digest:
    """Tell the channel once a week what ended lately and what ends in a while, soonest first; ``item`` as above."""

    item: str
    channel: str
    lines: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class DigestSeen:
    """Bring a list's message (``where``: channel, ts) up to date: ``by`` saw its lines; ``more`` it did not show."""

    endings: tuple[Ending, ...]
    where: tuple[str, str]
    by: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class StepDue:
    """Take a step of a restart; ``unsure`` where nobody knows what came of an earlier attempt at it."""

    run: PerformedRestart
    environment: Environment
    unsure: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """Show how far a restart has come; ``standing`` (channel, ts) is the message to change, if there is one.

    ``by_itself`` where one call does it all, and nobody here stops or starts anything; ``over`` where the app, which
    it left stopped or nobody knew how, runs again.
    """

    run: PerformedRestart
    environment: Environment
    standing: tuple[str, str] | None
    by_itself: bool
    over: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Call people: a restart left the app stopped, or nobody knows how. ``over`` changes the message (``standing``).

    ``occurrence`` counts how often people are called.
    """

    run: PerformedRestart
    environment: Environment
    standing: tuple[str, str] | None
    by_itself: bool
    over: bool = False
    occurrence: int = 1


Delivery = (
    OfferDue
    | Card
    | AuthoritiesCard
    | RemovedCard
    | DeedCard
    | Freeze
    | Reminder
    | ReminderRetired
    | ReminderUpdate
    | Cleanup
    | Expiry
    | ExpirySeen
    | Digest
    | DigestSeen
    | StepDue
    | Progress
    | Alarm
)


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing to say now: it is a quiet hour, a freeze or a day of rest where the app is, until then.

    ``what`` would have been said: an earlier attempt may have said it, before that hour began.
    """

    until: datetime
    what: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Moot:
    """Nothing to say any more; but ``what`` may have been said by an earlier attempt, and is remembered then."""

    what: Delivery


@dataclass(frozen=True, slots=True)
class Receipt:
    """The message that came of a delivery; ``earlier`` where an earlier attempt had posted it."""

    channel: str
    ts: str
    earlier: bool = False


class Later(Exception):
    """Not now, and nothing of it was said: try again in ``seconds``; ``reason`` is a name.

    ``held`` says that it was not even tried, because Slack wants a pause: it keeps its place.
    """

    def __init__(self, seconds: float, *, reason: str = "later", held: bool = False) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds
        self.reason = reason
        self.held = held


class Unsaid(Exception):
    """It could not be said; ``reason`` is a name. ``sure`` says that nothing of it can have been said all the same."""

    def __init__(self, reason: str, *, sure: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sure = sure


class Again(Exception):
    """This went well, and is due once more in ``seconds``, as if it had never been tried."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"once more in {seconds:g} s")
        self.seconds = seconds


class Deliverer(Protocol):
    """Says things to people, for an item of the due queue."""

    async def deliver(self, delivery: Delivery, item: DueItem) -> Receipt | None:
        """Say it, unless an earlier attempt of the item's has: the message it became.

        Raises :class:`Later`, :class:`Again` and :class:`Unsaid`; after anything else nobody knows what was said.
        """

    async def find(self, delivery: Delivery, item: DueItem) -> Receipt | None:
        """The message that an earlier attempt became, where that can be found out; raises as :meth:`deliver`."""
