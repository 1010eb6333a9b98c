"""The queue of due items: rows, not timers. Each is scheduled once per key, claimed with a lease, done or retried.

Each item goes along a lane, and each lane has runners of its own: what takes long in one keeps no other waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import ReadTransaction, Transaction
from store.models import DueRow, copied, new_id

STUCK_AFTER = 3
CANCELLED = "cancelled"
_AT_A_TIME = 500
SAY, LOOK, DO, CALL = "say", "look", "do", "call"
"""Lanes: messages, in their order; files that are looked into; deeds that take long; partners that are called."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something to be done at ``due_at``; what ``kind``, ``subject`` and ``payload`` mean is the caller's affair.

    ``unsure_since`` is the moment of an earlier attempt of which nobody knows what came: who made it may have died
    after it was done and before it was marked. ``environment_id`` says whose it is, where it is anybody's.
    ``due_at`` stays what it was when an item is tried again; ``again_at`` is when that will be.
    """

    id: str
    kind: str
    subject: str
    key: str
    due_at: datetime
    attempts: int
    channel: str | None
    ts: str | None
    unsure_since: datetime | None = None
    environment_id: str | None = None
    reason: str | None = None
    done_at: datetime | None = None
    again_at: datetime | None = None
    payload: Mapping[str, Any] | None = None


async def schedule(
    tx: Transaction,
    *,
    kind: str,
    subject: str,
    key: str,
    due_at: datetime,
    lane: str = SAY,
    environment_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Write down what is due; a second call with the same key changes nothing. ``payload`` is kept as JSON."""
    insert = postgresql.insert if tx.on_postgresql else sqlite.insert
    statement = insert(DueRow).values(
        id=new_id(),
        kind=kind,
        subject=subject,
        key=key,
        due_at=due_at,
        attempts=0,
        lane=lane,
        environment_id=environment_id,
        payload=None if payload is None else dict(payload),
    )
    await tx.session.execute(statement.on_conflict_do_nothing())


async def move(tx: Transaction, *, key: str, due_at: datetime) -> bool:
    """Move what is not done yet to another time; False where there is no such item any more.

    What somebody is at, or may have done, stays where it is: its next attempt finds out, and sees what has changed.
    """
    opened = (DueRow.key == key, DueRow.done_at.is_(None))
    await tx.session.execute(
        update(DueRow).where(*opened, DueRow.unsure_since.is_(None)).values(due_at=due_at, leased_until=None)
    )
    return (await tx.session.execute(select(DueRow.id).where(*opened))).scalar_one_or_none() is not None


async def move_all(tx: Transaction, moments: Mapping[str, datetime]) -> None:
    """Move many at once, by their keys; what is done, in doubt, or not there, stays as it is."""
    if not moments:
        return
    statement = (
        update(DueRow)
        .where(DueRow.key == bindparam("wanted"), DueRow.done_at.is_(None), DueRow.unsure_since.is_(None))
        .values(due_at=bindparam("moment"), leased_until=None)
    )
    connection = await tx.session.connection()
    await connection.execute(statement, [{"wanted": key, "moment": moment} for key, moment in moments.items()])


async def cancel(tx: Transaction, *, key: str, at: datetime) -> None:
    """See to it that what is not done yet never will be; what may have been done stays open until that is found out."""
    opened = (DueRow.key == key, DueRow.done_at.is_(None), DueRow.unsure_since.is_(None))
    await tx.session.execute(update(DueRow).where(*opened).values(done_at=at, reason=CANCELLED))


async def revive(tx: Transaction, *, key: str, due_at: datetime) -> bool:
    """Plan a cancelled item once more; return False if there is none of that key."""
    cancelled = (DueRow.key == key, DueRow.reason == CANCELLED)
    values = {"due_at": due_at, "done_at": None, "reason": None, "leased_until": None}
    changed = update(DueRow).where(*cancelled).values(**values).returning(DueRow.id)
    return (await tx.session.execute(changed)).scalar_one_or_none() is not None


async def get(tx: ReadTransaction, id_: str) -> DueItem | None:
    """Return the item of that id, done or not."""
    row = await tx.session.get(DueRow, id_)
    return _item(row) if row else None


async def find(tx: ReadTransaction, key: str) -> DueItem | None:
    """Return the item of that key, done or not."""
    row = (await tx.session.execute(select(DueRow).where(DueRow.key == key))).scalar_one_or_none()
    return _item(row) if row else None


async def find_all(tx: ReadTransaction, keys: Sequence[str]) -> dict[str, DueItem]:
    """Return those of the keys that exist, done or not."""
    found: dict[str, DueItem] = {}
    for at in range(0, len(keys), _AT_A_TIME):
        rows = await tx.session.scalars(select(DueRow).where(DueRow.key.in_(keys[at : at + _AT_A_TIME])))
        found |= {row.key: _item(row) for row in rows}
    return found


async def claim(
    tx: Transaction,
    *,
    now: datetime,
    limit: int,
    lease: timedelta,
    lane: str = SAY,
    together: Collection[str] = (),
) -> list[DueItem]:
    """Take up to ``limit`` due items of a lane for ``lease``; what is not marked by then can be claimed again.

    Of the kinds ``together``, an environment's other due items come along, past the limit.
    """
    rows = list(await tx.session.scalars(claim_query(now=now, limit=limit, lane=lane)))
    rows += await _companions(tx, rows, claim_query(now=now, limit=_AT_A_TIME, lane=lane), together)
    items = [_item(row, attempts=row.attempts + 1) for row in rows]
    for row in rows:
        row.leased_until = now + lease
        row.attempts += 1
        row.unsure_since = row.unsure_since or now
    return items


async def _companions(
    tx: Transaction, rows: Sequence[DueRow], query: Select[DueRow], together: Collection[str]
) -> list[DueRow]:
    """Return what else can be claimed of the kinds ``together``, in the environments of which one is claimed."""
    places = {row.environment_id for row in rows if row.kind in together and row.environment_id}
    if not places:
        return []
    taken = [row.id for row in rows]
    of_them = (DueRow.kind.in_(together), DueRow.environment_id.in_(places), DueRow.id.not_in(taken))
    return list(await tx.session.scalars(query.where(*of_them)))


def claim_query(*, now: datetime, limit: int, lane: str = SAY) -> Select[DueRow]:
    """Return the query for items that can be claimed, oldest first: a range of the index on what is open."""
    free = or_(DueRow.leased_until.is_(None), DueRow.leased_until <= now)
    return (
        select(DueRow)
        .where(DueRow.done_at.is_(None), DueRow.lane == lane, DueRow.due_at <= now, free)
        .order_by(DueRow.due_at, DueRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def done(tx: Transaction, *, id_: str, at: datetime, channel: str | None = None, ts: str | None = None) -> None:
    """Mark an item done, with the message that came of it; one that was cancelled meanwhile stays cancelled."""
    await tx.session.execute(
        update(DueRow)
        .where(DueRow.id == id_, DueRow.done_at.is_(None))
        .values(done_at=at, channel=channel, ts=ts, leased_until=None)
    )


async def retry(
    tx: Transaction, *, id_: str, due_at: datetime, reason: str, sure: bool = False, lasting: bool = False
) -> None:
    """Give an item back, to be claimed again from ``due_at`` on; ``reason`` is a name, never a payload.

    Since when it is due stays as it was. ``sure`` says that nothing was done, by this attempt and by those before it,
    so that the next need not look what came of them. ``lasting`` says that it counts as stuck at once.
    """
    values: dict[str, Any] = {"reason": reason[:200]}
    if lasting:
        values["attempts"] = case((DueRow.attempts < STUCK_AFTER, STUCK_AFTER), else_=DueRow.attempts)
    await _give_back(tx, id_, due_at, sure, values)


async def hold(tx: Transaction, *, id_: str, until: datetime, sure: bool) -> None:
    """Give an item back untried: it is claimed again from ``until`` on, in its place among what is due by then."""
    await _give_back(tx, id_, until, sure, {"attempts": DueRow.attempts - 1})


async def _give_back(tx: Transaction, id_: str, until: datetime, sure: bool, values: dict[str, Any]) -> None:
    known = {"unsure_since": None} if sure else {}
    await tx.session.execute(
        update(DueRow).where(DueRow.id == id_, DueRow.done_at.is_(None)).values(leased_until=until, **values, **known)
    )


async def postpone(tx: Transaction, *, id_: str, due_at: datetime) -> None:
    """Plan an item for later, as if it had never been tried: its moment was not the right one."""
    await tx.session.execute(
        update(DueRow)
        .where(DueRow.id == id_, DueRow.done_at.is_(None))
        .values(due_at=due_at, leased_until=None, attempts=0, unsure_since=None, reason=None)
    )


async def stuck(tx: ReadTransaction, *, environment_ids: Sequence[str], now: datetime) -> list[DueItem]:
    """Return items of these environments that were tried :data:`STUCK_AFTER` times and are not done, oldest first."""
    query = (
        select(DueRow)
        .where(
            DueRow.done_at.is_(None),
            DueRow.lane.in_((SAY, LOOK, DO)),
            DueRow.due_at <= now,
            DueRow.attempts >= STUCK_AFTER,
            DueRow.environment_id.in_(environment_ids),
        )
        .order_by(DueRow.due_at, DueRow.id)
    )
    return [_item(row) for row in await tx.session.scalars(query)]


async def next_due(tx: ReadTransaction, *, now: datetime, lane: str = SAY) -> datetime | None:
    """Return when a lane's next open item is due, or when its lease ends if that is later.

    Reads what is due and one row beyond it, however much is planned for later.
    """
    # A query each: as one, a database would rather read everything that is open.
    queries = next_queries(now=now, lane=lane)
    soonest = [(await tx.session.execute(query)).scalar_one_or_none() for query in queries]
    return min((one for one in soonest if one is not None), default=None)


def next_queries(*, now: datetime, lane: str = SAY) -> tuple[Select[datetime | None], Select[datetime]]:
    """Return the queries for the next lease that ends, and for the next item that becomes due."""
    looked_at = case((DueRow.leased_until > DueRow.due_at, DueRow.leased_until), else_=DueRow.due_at)
    open_ = (DueRow.done_at.is_(None), DueRow.lane == lane)
    waiting = select(func.min(looked_at)).where(*open_, DueRow.due_at <= now)
    planned = select(DueRow.due_at).where(*open_, DueRow.due_at > now).order_by(DueRow.due_at).limit(1)
    return waiting, planned


async def waiting(tx: ReadTransaction, kind: str, *, lane: str) -> frozenset[str]:
    """Return the subjects of a kind's open items."""
    query = select(DueRow.subject).where(DueRow.done_at.is_(None), DueRow.lane == lane, DueRow.kind == kind)
    return frozenset(await tx.session.scalars(query))


async def depth(tx: ReadTransaction) -> int:
    """Count the open items, those that are planned for later included."""
    return (await tx.session.execute(select(func.count()).where(DueRow.done_at.is_(None)))).scalar_one()


def _item(row: DueRow, *, attempts: int | None = None) -> DueItem:
    attempts = row.attempts if attempts is None else attempts
    return copied(DueItem, row, attempts=attempts, again_at=row.leased_until)
