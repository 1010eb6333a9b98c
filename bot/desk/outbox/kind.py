"""A kind of message, or of task: declared once, in its feature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeAlias, TypeVar

from bot.desk.base.desk import Desk
from bot.desk.outbox.results import Obsolete, Postponed, Receipt
from store import DueItem, ReadTransaction, Transaction, queue

Facts = TypeVar("Facts")
Loaded: TypeAlias = Facts | Postponed[Facts] | Obsolete[Facts] | None


@dataclass(frozen=True, slots=True)
class Loading:
    """The context of a loader: the item that is due ``now``, and the transaction in which its facts are read.

    ``others`` are items that are sent in the same message (:attr:`Kind.together`).
    """

    tx: ReadTransaction
    desk: Desk
    item: DueItem
    now: datetime
    others: tuple[DueItem, ...] = ()

    @property
    def payload(self) -> Mapping[str, Any]:
        """Return the facts that were written with the item."""
        return self.item.payload or {}

    @property
    def is_unsure(self) -> bool:
        """Return whether an earlier attempt may have sent the message."""
        return self.item.unsure_since is not None


@dataclass(frozen=True, slots=True)
class Sent(Generic[Facts]):
    """An item that was sent, in the transaction that marks it done.

    ``facts`` is None where nothing was sent and nothing ever will be; ``receipt`` is the message that was posted, or
    that an earlier attempt was found to have posted. ``others`` are items that were sent in the same message.
    """

    tx: Transaction
    desk: Desk
    item: DueItem
    facts: Facts | None
    receipt: Receipt | None
    now: datetime
    others: tuple[DueItem, ...] = ()

    @property
    def since(self) -> datetime:
        """Return when the message was posted: Slack's own time if an earlier attempt posted it, if that is sound."""
        if self.earlier is None or self.item.unsure_since is None:
            return self.now
        try:
            posted = datetime.fromtimestamp(float(self.earlier.ts), UTC)
        except (ValueError, OverflowError):
            posted = self.item.unsure_since
        return min(max(posted, self.item.unsure_since), self.now)

    @property
    def earlier(self) -> Receipt | None:
        """Return the message if an earlier attempt posted it: it shows what was known then."""
        return self.receipt if self.receipt is not None and self.receipt.earlier else None


async def _nothing(sent: Sent[Any]) -> None:
    """Most messages have no consequence."""


def _as_it_is(item: DueItem) -> DueItem:
    return item


@dataclass(frozen=True, slots=True)
class Kind(Generic[Facts]):
    """A kind of message or task: where it waits, what it needs when it is due, and what follows when it was sent.

    ``name`` is stored in ``due.kind`` and never renamed; ``noun`` is what owners read of a message that is stuck.
    ``facts`` is the type that ``load`` returns, by which the renderer is found; ``load`` returns None where there is
    nothing left to send. ``after`` runs in the transaction that marks the item done, also where nothing was sent.

    Items of one environment with the same ``together`` are sent in one message: done, or tried again, as one.

    ``before_payload`` reads a row that was written before there was a payload: it returns the item with the subject and
    the payload that it would have today. For one release; rows of the version before are gone by then.
    """

    name: str
    facts: type[Facts]
    load: Callable[[Loading], Awaitable[Loaded[Facts]]]
    noun: str
    lane: str = queue.SAY
    after: Callable[[Sent[Facts]], Awaitable[None]] = _nothing
    before_payload: Callable[[DueItem], DueItem] = _as_it_is
    together: Callable[[DueItem], Hashable] | None = None

    def read(self, item: DueItem) -> DueItem:
        """Return the item as it would be written today."""
        return self.before_payload(item) if item.payload is None else item

    async def schedule(
        self,
        tx: Transaction,
        subject: str,
        *,
        key: str,
        at: datetime,
        environment_id: str | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an item to the outbox, once per ``key``, due at ``at``. Items of one environment are sent in order.

        ``subject`` is the id of what it is about; ``payload`` (JSON) is what else its loader needs.
        """
        await queue.schedule(
            tx,
            kind=self.name,
            subject=subject,
            key=key,
            due_at=at,
            lane=self.lane,
            environment_id=environment_id,
            payload=payload,
        )
