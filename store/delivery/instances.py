"""Instances of an environment's app, and the revision that each of them last said that it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, or_, select

from store import audit
from store.database import ReadTransaction, Transaction, holding
from store.models import InstanceRow, copied, new_id


@dataclass(frozen=True, slots=True)
class Instance:
    """What an instance runs: ``fingerprints`` are the SHA-256 of its client certificates, lower-case hex.

    ``loaded_at`` is when it first said so, ``seen_at`` when it last did; ``stopped_at`` is set once it said goodbye.
    """

    environment_id: str
    name: str
    revision: int
    fingerprints: tuple[str, ...]
    loaded_at: datetime
    seen_at: datetime
    stopped_at: datetime | None


async def report(
    tx: Transaction, *, environment_id: str, name: str, revision: int, fingerprints: Sequence[str], at: datetime
) -> Instance | None:
    """Record what an instance runs now, and return what it ran before. The caller holds the environment."""
    row = await _held(tx, environment_id, name)
    before = copied(Instance, row) if row is not None else None
    if row is None:
        row = InstanceRow(id=new_id(), environment_id=environment_id, name=name, revision=-1, loaded_at=at)
        tx.session.add(row)
    if row.revision != revision or row.stopped_at is not None:
        row.loaded_at = at
    row.revision, row.fingerprints = revision, list(fingerprints)
    row.seen_at, row.stopped_at = at, None
    await tx.session.flush()
    return before


def record_loaded(tx: Transaction, environment_id: str, name: str, revision: int, *, by: str, at: datetime) -> None:
    """Record that an instance came up with a revision."""
    tx.record(audit.Tag.BUNDLE_LOADED, by, at, environment=environment_id, instance=name, revision=revision)


def record_behind(tx: Transaction, environment_id: str, name: str, revision: int, *, at: datetime) -> None:
    """Record that the revision is older than one that was loaded before."""
    tx.record(audit.Tag.INSTANCE_BEHIND, "certdesk", at, environment=environment_id, instance=name, revision=revision)


async def stop(tx: Transaction, *, environment_id: str, name: str, at: datetime) -> None:
    """Record that an instance has ended; nothing happens where it is not known. The caller holds the environment."""
    row = await _held(tx, environment_id, name)
    if row is not None:
        row.stopped_at = row.seen_at = at
        await tx.session.flush()


async def find(tx: ReadTransaction, environment_id: str, name: str) -> Instance | None:
    """Return an instance by its name, running or not."""
    query = select(InstanceRow).where(InstanceRow.environment_id == environment_id, InstanceRow.name == name)
    row = (await tx.session.execute(query)).scalar_one_or_none()
    return copied(Instance, row) if row is not None else None


async def live(tx: ReadTransaction, environment_id: str, *, since: datetime) -> list[Instance]:
    """Return the instances that were seen since then and have not ended, by name."""
    query = select(InstanceRow).where(
        InstanceRow.environment_id == environment_id, InstanceRow.seen_at >= since, InstanceRow.stopped_at.is_(None)
    )
    return sorted((copied(Instance, row) for row in await tx.session.scalars(query)), key=lambda one: one.name)


@dataclass(frozen=True, slots=True)
class Running:
    """The live instances of an app: how many, how many run at least a given revision, and the least that one runs."""

    instances: int
    current: int
    least: int


async def running(
    tx: ReadTransaction, environment_id: str, *, since: datetime, ended: datetime, revision: int
) -> Running:
    """Count the instances that were seen since then; ``least`` is 0 where there are none.

    Those count that have not ended, or not before ``ended``: most of them come back.
    """
    is_current = case((InstanceRow.revision >= revision, 1), else_=0)
    query = select(func.count(), func.sum(is_current), func.min(InstanceRow.revision)).where(
        InstanceRow.environment_id == environment_id,
        InstanceRow.seen_at >= since,
        or_(InstanceRow.stopped_at.is_(None), InstanceRow.stopped_at > ended),
    )
    found = (await tx.session.execute(query)).one()
    return Running(*(int(number or 0) for number in found))


async def count(tx: ReadTransaction, environment_id: str) -> int:
    """Return how many instances are known, running or not."""
    query = select(func.count()).where(InstanceRow.environment_id == environment_id)
    return (await tx.session.execute(query)).scalar_one()


async def forget(tx: Transaction, environment_id: str, *, before: datetime) -> None:
    """Forget the instances that were not seen since then."""
    await tx.session.execute(
        delete(InstanceRow).where(InstanceRow.environment_id == environment_id, InstanceRow.seen_at < before)
    )


async def _held(tx: Transaction, environment_id: str, name: str) -> InstanceRow | None:
    query = select(InstanceRow).where(InstanceRow.environment_id == environment_id, InstanceRow.name == name)
    return (await tx.session.execute(holding(query))).scalar_one_or_none()
