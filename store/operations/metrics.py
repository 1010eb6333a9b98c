"""Counts for an operator's graphs; the only names in them are those of environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from store import audit
from store.audit import Head
from store.database import ReadTransaction
from store.models import CertificateRow, DueRow, EnvironmentRow, RestartRow, VersionRow
from store.queue import STUCK_AFTER
from store.restarts import runs
from store.restarts.runs import Outcome


@dataclass(frozen=True, slots=True)
class Measurements:
    """``ends``: certificates by environment and number of the first bound that they end within (one more: later).

    ``waiting``: since when environments wait for a restart. ``depth`` counts what is due and not done, ``lag`` is how
    long the oldest of it has been due, ``stuck`` counts what of it was tried :data:`store.queue.STUCK_AFTER` times.
    ``performed`` counts restarts by their outcome. ``head`` is the end of the audit log; None if it lost it.
    """

    environments: tuple[str, ...]
    ends: dict[tuple[str, int], int]
    waiting: dict[str, datetime]
    depth: int
    lag: timedelta
    stuck: int
    performed: Mapping[Outcome, int]
    head: Head | None


async def measure(tx: ReadTransaction, *, now: datetime, bounds: Sequence[timedelta]) -> Measurements:
    """Measure everything in one transaction; ``bounds`` ascend."""
    paths = {
        id_: f"{app}/{name}"
        for id_, app, name in await tx.session.execute(
            select(EnvironmentRow.id, EnvironmentRow.app, EnvironmentRow.name).where(
                EnvironmentRow.removed_at.is_(None)
            )
        )
    }
    ends = {(paths[id_], bound): count for id_, bound, count in await _ends(tx, now, bounds) if id_ in paths}
    open_ = select(RestartRow.environment_id, RestartRow.opened_at).where(RestartRow.confirmed_at.is_(None))
    waiting = {paths[id_]: since for id_, since in await tx.session.execute(open_) if id_ in paths}
    tried = func.count().filter(DueRow.attempts >= STUCK_AFTER)
    query = select(func.count(), func.min(DueRow.due_at), tried).where(DueRow.done_at.is_(None), DueRow.due_at <= now)
    depth, oldest, stuck = (await tx.session.execute(query)).one()
    lag = max(now - oldest, timedelta()) if oldest is not None else timedelta()
    done = await runs.counts(tx)
    head = await audit.head(tx)
    return Measurements(tuple(sorted(paths.values())), ends, waiting, depth, lag, stuck, done, head)


async def _ends(tx: ReadTransaction, now: datetime, bounds: Sequence[timedelta]) -> list[tuple[str, int, int]]:
    bound = case(
        *((VersionRow.effective_end <= now + one, number) for number, one in enumerate(bounds)), else_=len(bounds)
    )
    query = (
        select(CertificateRow.environment_id, bound, func.count())
        .join(VersionRow, VersionRow.certificate_id == CertificateRow.id)
        .where(CertificateRow.removed_at.is_(None), VersionRow.number == CertificateRow.current_number)
        .group_by(CertificateRow.environment_id, bound)
    )
    return [(id_, number, count) for id_, number, count in await tx.session.execute(query)]
