"""Due things are rows, not timers: scheduled once by their key, claimed with a lease, done or tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Transaction
from store.ids import new_id
from store.models import DueRow


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something to be done at ``due_at``; what ``kind`` and ``subject`` mean is the caller's affair."""

    id: str
    kind: str
    subject: str
    key: str
    due_at: datetime
    attempts: int
    channel: str | None
    ts: str | None


async def schedule(tx: Transaction, *, kind: str, subject: str, key: str, due_at: datetime) -> None:
    """Write down what is due; a second call with the same key changes nothing."""
    insert = postgresql.insert if tx.on_postgresql else sqlite.insert
    statement = insert(DueRow).values(id=new_id(), kind=kind, subject=subject, key=key, due_at=due_at, attempts=0)
    await tx.session.execute(statement.on_conflict_do_nothing())


async def move(tx: Transaction, *, key: str, due_at: datetime) -> bool:
    """Move what is not done yet to another time; False where there is no such item any more."""
    changed = await tx.session.execute(
        update(DueRow)
        .where(DueRow.key == key, DueRow.done_at.is_(None))
        .values(due_at=due_at, leased_until=None)
        .returning(DueRow.id)
    )
    return changed.scalar_one_or_none() is not None


async def cancel(tx: Transaction, *, key: str, at: datetime) -> None:
    """See to it that what is not done yet never will be."""
    await tx.session.execute(
        update(DueRow).where(DueRow.key == key, DueRow.done_at.is_(None)).values(done_at=at, reason="cancelled")
    )


async def get(tx: Transaction, id_: str) -> DueItem | None:
    """The item of that id, done or not."""
    row = await tx.session.get(DueRow, id_)
    return _item(row) if row else None


async def claim(tx: Transaction, *, now: datetime, limit: int, lease: timedelta) -> list[DueItem]:
    """Take up to ``limit`` due items for ``lease``; what is not marked by then can be claimed again."""
    free = or_(DueRow.leased_until.is_(None), DueRow.leased_until <= now)
    query = (
        select(DueRow)
        .where(DueRow.done_at.is_(None), DueRow.due_at <= now, free)
        .order_by(DueRow.due_at, DueRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(await tx.session.scalars(query))
    for row in rows:
        row.leased_until = now + lease
        row.attempts += 1
    return [_item(row) for row in rows]


async def done(tx: Transaction, *, id_: str, at: datetime, channel: str | None = None, ts: str | None = None) -> None:
    """Mark an item done, with the message that came of it; one that was cancelled meanwhile stays cancelled."""
    await tx.session.execute(
        update(DueRow)
        .where(DueRow.id == id_, DueRow.done_at.is_(None))
        .values(done_at=at, channel=channel, ts=ts, leased_until=None)
    )


async def retry(tx: Transaction, *, id_: str, due_at: datetime, reason: str) -> None:
    """Give an item back, to be claimed again from ``due_at`` on; ``reason`` is a name, never a payload."""
    await tx.session.execute(
        update(DueRow)
        .where(DueRow.id == id_, DueRow.done_at.is_(None))
        .values(due_at=due_at, leased_until=None, reason=reason[:200])
    )


async def next_due(tx: Transaction, *, now: datetime) -> datetime | None:
    """When the next open item wants to be looked at: its time, or the end of its lease where that is later.

    Reads what is due and one row beyond it, however much is planned for later.
    """
    looked_at = case((DueRow.leased_until > DueRow.due_at, DueRow.leased_until), else_=DueRow.due_at)
    waiting = select(func.min(looked_at)).where(DueRow.done_at.is_(None), DueRow.due_at <= now)
    planned = (
        select(DueRow.due_at).where(DueRow.done_at.is_(None), DueRow.due_at > now).order_by(DueRow.due_at).limit(1)
    )
    # A query each: as one, a database would rather read everything that is open.
    soonest = [(await tx.session.execute(query)).scalar_one_or_none() for query in (waiting, planned)]
    return min((one for one in soonest if one is not None), default=None)


async def depth(tx: Transaction) -> int:
    """How many items are open, those that are planned for later included."""
    return (await tx.session.execute(select(func.count()).where(DueRow.done_at.is_(None)))).scalar_one()


def _item(row: DueRow) -> DueItem:
    return DueItem(row.id, row.kind, row.subject, row.key, row.due_at, row.attempts, row.channel, row.ts)
