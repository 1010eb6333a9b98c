"""Pending restarts: what an environment's app has not loaded yet, collected until a restart is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from store import audit, environments
from store.database import ReadTransaction, Transaction, holding
from store.errors import AlreadyExists, NotFound
from store.models import ChangeRow, RestartRow, copied, new_id

_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the app has not loaded yet; ``revision`` is the environment's that it made, once it is noted."""

    what: str
    label: str
    by: str
    at: datetime
    count: int = 1
    version_id: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class PendingRestart:
    """Every change since the last confirmed restart; ``edition`` grows with whatever changes its message."""

    id: str
    environment_id: str
    opened_at: datetime
    changes: tuple[Change, ...]
    occurrence: int
    edition: int
    snoozed_until: datetime | None
    snoozed_by: str | None
    message_channel: str | None
    message_ts: str | None
    confirmed_at: datetime | None
    confirmed_by: str | None


async def note(tx: Transaction, *, environment_id: str, change: Change) -> PendingRestart:
    """Add a change to the environment's pending restart, or open one; raises NotFound.

    Every change of what the app receives comes by here, which is why the environment's revision grows here.
    """
    revision = await environments.next_revision(tx, environment_id)
    row = (await tx.session.execute(holding(_open(environment_id)))).scalar_one_or_none()
    if row is None:
        row = RestartRow(id=new_id(), environment_id=environment_id, opened_at=change.at, occurrence=0, edition=0)
        tx.session.add(row)
        await tx.session.flush()
    row.edition += 1
    tx.session.add(
        ChangeRow(
            restart_id=row.id,
            what=change.what,
            label=change.label,
            count=change.count,
            version_id=change.version_id,
            by=change.by,
            at=change.at,
            revision=revision,
        )
    )
    await tx.session.flush()
    return await _pending(tx, row)


async def of(tx: ReadTransaction, environment_id: str) -> PendingRestart | None:
    """Return the environment's open restart."""
    row = (await tx.session.execute(_open(environment_id))).scalar_one_or_none()
    return await _pending(tx, row) if row else None


async def get(tx: ReadTransaction, restart_id: str) -> PendingRestart | None:
    """Return a restart by its id, confirmed or not."""
    row = await tx.session.get(RestartRow, restart_id)
    return await _pending(tx, row) if row else None


async def loaded_revision(tx: ReadTransaction, environment_id: str) -> int:
    """Return the latest revision that a confirmed restart loaded; 0 before the first."""
    query = (
        select(func.max(ChangeRow.revision))
        .join(RestartRow, RestartRow.id == ChangeRow.restart_id)
        .where(RestartRow.environment_id == environment_id, RestartRow.confirmed_at.is_not(None))
    )
    return (await tx.session.execute(query)).scalar_one() or 0


async def pending_in(
    tx: ReadTransaction, environment_ids: Sequence[str], *, limit: int
) -> tuple[list[PendingRestart], int]:
    """Return the first ``limit`` open restarts of some environments, oldest first, and how many there are in all."""
    rows: list[RestartRow] = []
    for at in range(0, len(environment_ids), _AT_A_TIME):
        some = RestartRow.environment_id.in_(environment_ids[at : at + _AT_A_TIME])
        rows += await tx.session.scalars(select(RestartRow).where(some, RestartRow.confirmed_at.is_(None)))
    rows.sort(key=lambda row: (row.opened_at, row.id))
    return [await _pending(tx, row) for row in rows[:limit]], len(rows)


async def confirm(
    tx: Transaction,
    *,
    restart_id: str,
    by: str,
    at: datetime,
    seen: int | None = None,
    loaded_at: datetime | None = None,
) -> PendingRestart:
    """Close the restart; a second confirmation changes nothing and returns the first's. Raises NotFound.

    ``seen`` says how many of its changes, oldest first, the app loaded, and ``loaded_at`` when it did: what came after
    them stays pending, in a restart of its own. Without either, all of them were loaded. Where nothing was there yet
    when it was restarted, nothing is confirmed and the restart comes back as it is.
    """
    if seen is not None or loaded_at is not None:
        # Something may stay pending, in a restart that is opened for it.
        await _hold_environment(tx, restart_id)
    row = await _lock(tx, restart_id)
    late = await _changes_after(tx, row, seen, loaded_at)
    if row.confirmed_at is None and len(late) < await _count(tx, row):
        row.confirmed_at, row.confirmed_by, row.edition = at, by, row.edition + 1
        await tx.session.flush()
        await _carry_over(tx, row, late)
        tx.record(
            audit.Tag.RESTART_CONFIRMED,
            by,
            at,
            {"loaded_at": loaded_at.isoformat()} if loaded_at else None,
            environment=row.environment_id,
        )
    return await _pending(tx, row)


async def reopen(tx: Transaction, *, restart_id: str, by: str, at: datetime) -> PendingRestart:
    """Undo a confirmation: the restart is pending as before. Raises NotFound, and AlreadyExists if another is pending.

    The other one may hold later changes; its restart loads everything.
    """
    await _hold_environment(tx, restart_id)
    row = await _lock(tx, restart_id)
    if row.confirmed_at is not None:
        if await of(tx, row.environment_id) is not None:
            raise AlreadyExists(row.environment_id)
        row.confirmed_at, row.confirmed_by, row.edition = None, None, row.edition + 1
        tx.record(audit.Tag.RESTART_REOPENED, by, at, environment=row.environment_id)
        await tx.session.flush()
    return await _pending(tx, row)


async def snooze(tx: Transaction, *, restart_id: str, until: datetime, by: str, at: datetime) -> PendingRestart:
    """Keep quiet until then, and remember who asked for it; a confirmed restart stays as it is. Raises NotFound."""
    row = await _lock(tx, restart_id)
    if row.confirmed_at is None:
        row.snoozed_until, row.snoozed_by, row.edition = until, by, row.edition + 1
        tx.record(audit.Tag.RESTART_SNOOZED, by, at, environment=row.environment_id, until=until.isoformat())
    return await _pending(tx, row)


async def record_message(
    tx: Transaction, *, restart_id: str, channel: str, ts: str, occurrence: int, put_off: datetime | None = None
) -> PendingRestart:
    """Record the message that now shows the restart. Raises NotFound.

    ``put_off`` is the snooze that was there when the message was made, which is over; one that came since stays.
    """
    row = await _lock(tx, restart_id)
    row.message_channel, row.message_ts, row.occurrence = channel, ts, occurrence
    if row.snoozed_until == put_off:
        row.snoozed_until = row.snoozed_by = None
    return await _pending(tx, row)


async def forget_message(tx: Transaction, restart_id: str) -> PendingRestart:
    """Record that no message shows the restart any more. Raises NotFound."""
    row = await _lock(tx, restart_id)
    row.message_channel = row.message_ts = None
    return await _pending(tx, row)


async def mark_message_outdated(tx: Transaction, restart_id: str) -> PendingRestart:
    """Force the reminder to be redrawn although the restart did not change. Raises NotFound."""
    row = await _lock(tx, restart_id)
    row.edition += 1
    return await _pending(tx, row)


async def _hold_environment(tx: Transaction, restart_id: str) -> None:
    """Lock the environment before a restart is opened, as :func:`note` does: there is one open restart at a time."""
    row = await tx.session.get(RestartRow, restart_id)
    if row is None:
        raise NotFound("restart", restart_id)
    await environments.require(tx, row.environment_id)


async def _changes_after(
    tx: ReadTransaction, row: RestartRow, seen: int | None, loaded_at: datetime | None
) -> list[ChangeRow]:
    query = select(ChangeRow).where(ChangeRow.restart_id == row.id).order_by(ChangeRow.id)
    changes = list(await tx.session.scalars(query))
    shown = changes if seen is None else changes[:seen]
    loaded = [one for one in shown if loaded_at is None or one.at <= loaded_at]
    return [one for one in changes if one not in loaded]


async def _count(tx: ReadTransaction, row: RestartRow) -> int:
    return (await tx.session.execute(select(func.count()).where(ChangeRow.restart_id == row.id))).scalar_one()


async def _carry_over(tx: Transaction, row: RestartRow, late: Sequence[ChangeRow]) -> None:
    if not late:
        return
    new = RestartRow(
        id=new_id(), environment_id=row.environment_id, opened_at=late[0].at, occurrence=0, edition=len(late)
    )
    tx.session.add(new)
    await tx.session.flush()
    for change in late:
        change.restart_id = new.id
    await tx.session.flush()


def _open(environment_id: str) -> Select[RestartRow]:
    return select(RestartRow).where(RestartRow.environment_id == environment_id, RestartRow.confirmed_at.is_(None))


async def _lock(tx: Transaction, restart_id: str) -> RestartRow:
    query = select(RestartRow).where(RestartRow.id == restart_id)
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("restart", restart_id)
    return row


async def _pending(tx: ReadTransaction, row: RestartRow) -> PendingRestart:
    query = select(ChangeRow).where(ChangeRow.restart_id == row.id).order_by(ChangeRow.id)
    changes = tuple(copied(Change, change) for change in await tx.session.scalars(query))
    return copied(PendingRestart, row, changes=changes)
