"""The audit trail as it is read: verified, exported, listed. It is append-only (:meth:`store.Transaction.record`), and
each event's HMAC covers the one before it (:mod:`store.audit_chain`).

A row that is changed, missing, inserted or moved breaks the chain at that row; a trail that was cut short does not
reach its head.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from store.audit_chain import HEAD, NOTHING_BEFORE, Tag, coming_from, event_mac, head_mac, origin, with_besides
from store.database import ReadTransaction
from store.models import AuditHeadRow, AuditRow, copied

__all__ = [
    "AuditVerdict",
    "Event",
    "Head",
    "Tag",
    "as_json",
    "coming_from",
    "events",
    "everything",
    "goes_through",
    "head",
    "origin",
    "verify",
    "with_besides",
]

_SHORT = 16


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the trail."""

    seq: int
    at: datetime
    tag: str
    actor: str
    environment_id: str | None
    version_id: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the trail is whole.

    ``rows`` follow from one another; ``first_bad`` is the number of the event after them that is changed, missing, out
    of its order, or one too many.
    """

    ok: bool
    rows: int
    first_bad: int | None


async def verify(tx: ReadTransaction) -> AuditVerdict:
    """Walk the whole trail and name the first event that does not follow from the one before it."""
    count, last = 0, NOTHING_BEFORE
    while True:
        reached, last, sound = await _walk(tx, count, last)
        if not sound:
            return AuditVerdict(False, reached, reached + 1)
        head = await _head(tx)
        if head is None or not hmac.compare_digest(head.mac, head_mac(tx.audit_key, head.seq, head.last)):
            return AuditVerdict(False, reached, reached + 1)
        # Events that were committed during the walk are walked as well; where none came, the head must agree.
        if head.seq <= reached or reached == count:
            whole = head.seq == reached and hmac.compare_digest(head.last, last)
            return AuditVerdict(whole, reached, None if whole else min(head.seq, reached) + 1)
        count = reached


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the trail: the number of its last event, and how that event's MAC begins (16 hex digits).

    Who keeps it elsewhere finds out whether the database was put back to an older state, which is whole in itself.
    """

    seq: int
    short: str

    def __str__(self) -> str:
        """Return it as people write it down: ``1234:0123456789abcdef``."""
        return f"{self.seq}:{self.short}"


async def head(tx: ReadTransaction) -> Head | None:
    """Return the trail's end; None for a trail that lost it."""
    found = await _head(tx)
    return Head(found.seq, found.last.hex()[:_SHORT]) if found is not None else None


async def goes_through(tx: ReadTransaction, known: Head) -> bool:
    """Return whether the trail holds the event that was its end when ``known`` was written down."""
    if known.seq == 0:
        return known.short == NOTHING_BEFORE.hex()[:_SHORT]
    row = await tx.session.get(AuditRow, known.seq)
    return row is not None and hmac.compare_digest(row.mac.hex()[:_SHORT], known.short)


async def everything(tx: ReadTransaction, *, since: datetime | None = None) -> AsyncIterator[Event]:
    """Return every event, oldest first, from a moment on."""
    query = select(AuditRow).order_by(AuditRow.seq)
    if since is not None:
        query = query.where(AuditRow.at >= since)
    async for row in await tx.session.stream_scalars(query.execution_options(yield_per=500)):
        yield _event(row)


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as it is exported: times RFC 3339, UTC."""
    return {
        "seq": event.seq,
        "at": event.at.isoformat(),
        "tag": event.tag,
        "actor": event.actor,
        "environment": event.environment_id,
        "version": event.version_id,
        "detail": dict(event.detail),
    }


async def events(tx: ReadTransaction, *, environment_id: str | None = None, limit: int = 100) -> list[Event]:
    """Return the newest events of earlier transactions, newest first."""
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
    if environment_id is not None:
        query = query.where(AuditRow.environment_id == environment_id)
    return [_event(row) for row in await tx.session.scalars(query)]


async def _walk(tx: ReadTransaction, count: int, last: bytes) -> tuple[int, bytes, bool]:
    """Follow the chain from event ``count`` on; returns how far it is sound, the last MAC, and whether that was all."""
    query = select(AuditRow).where(AuditRow.seq > count).order_by(AuditRow.seq)
    async for row in await tx.session.stream_scalars(query.execution_options(yield_per=500)):
        if row.seq != count + 1 or not hmac.compare_digest(row.mac, event_mac(tx.audit_key, last, row)):
            return count, last, False
        count, last = row.seq, row.mac
    return count, last, True


async def _head(tx: ReadTransaction) -> AuditHeadRow | None:
    query = select(AuditHeadRow).where(AuditHeadRow.id == HEAD).execution_options(populate_existing=True)
    return (await tx.session.execute(query)).scalar_one_or_none()


def _event(row: AuditRow) -> Event:
    return copied(Event, row)
