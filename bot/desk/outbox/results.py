"""Answers of a loader when an item is due, and the results of sending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from store import DueItem

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Postponed(Generic[Facts]):
    """The message must wait ``until`` then: it is a quiet hour, a freeze or a day of rest where the app is.

    ``facts`` is set if an earlier attempt may have posted it, before that hour began.
    """

    until: datetime
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Obsolete(Generic[Facts]):
    """Nothing is to be sent any more; but an earlier attempt may have posted ``facts``, and is recorded then."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Receipt:
    """The message that was posted; ``earlier`` if an earlier attempt had posted it.

    ``gone`` if it was to be changed, and somebody has deleted it.
    """

    channel: str
    ts: str
    earlier: bool = False
    gone: bool = False


@dataclass(eq=False)
class Later(Exception):
    """Nothing was sent: try again in ``seconds``; ``reason`` is a name.

    ``held`` says that it was not even tried, because Slack wants a pause: the item keeps its place. ``lasting`` says
    that it takes somebody to do something first, so that owners are told at once.
    """

    seconds: float
    reason: str = "later"
    held: bool = False
    lasting: bool = False


@dataclass(eq=False)
class GivenUp(Exception):
    """Nothing was sent, and nothing will be: the person cannot be reached. ``reason`` is a name."""

    reason: str


@dataclass(eq=False)
class NotSent(Exception):
    """Sending failed; ``reason`` is a name. ``sure`` says that nothing can have been sent all the same."""

    reason: str
    sure: bool


@dataclass(eq=False)
class Again(Exception):
    """The task went well, and is due once more in ``seconds``, as if it had never been tried."""

    seconds: float


class Findable(Protocol):
    """Facts of a message that can be found again in a channel. All that may be postponed or obsolete are that."""

    @property
    def channel(self) -> str:
        """Return the channel that the message is posted in."""


class Sender(Protocol):
    """Sends messages to people, or performs tasks, each for an item of the outbox."""

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        """Send the message, unless an earlier attempt did, and return where it stands.

        Raises :class:`Later`, :class:`Again` and :class:`NotSent`; after anything else nobody knows what was sent.
        """

    async def find(self, facts: Findable, item: DueItem) -> Receipt | None:
        """Return the message that an earlier attempt posted, where that can be found out; raises as :meth:`send`."""
