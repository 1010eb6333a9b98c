"""Restarts that Certdesk performs: at most one at a time per environment; a row holds the current step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import IntegrityError

from store import audit, environments
from store.database import ReadTransaction, Transaction, holding
from store.errors import NotFound, StillRuns
from store.models import PerformedRow, copied, new_id
from store.restarts.connections import Connection

_LONGEST_REASON = 64
_AT_A_TIME = 500


class Step(StrEnum):
    """What is to be done next.

    The unsure ones ask the platform what came of a call that was not answered. ``CALLING`` is the one call of a
    platform that stops and starts by itself; ``LOOKING`` waits for a start of which nobody has the job's id.
    """

    STOPPING = "stopping"
    STOP_UNSURE = "stop-unsure"
    STARTING = "starting"
    START_UNSURE = "start-unsure"
    WAITING = "waiting"
    LOOKING = "looking"
    CALLING = "calling"


class Outcome(StrEnum):
    """How a restart ended."""

    DONE = "done"
    NOT_STOPPED = "not_stopped"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


_FAILED = (Outcome.NOT_STARTED, Outcome.UNKNOWN)


class AppState(StrEnum):
    """What is known of the app."""

    RUNNING = "running"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PerformedRestart:
    """A run: ``step_at`` is when its present phase began, ``edition`` grows with whatever changes its message.

    ``kind`` and ``target`` say what it restarts, and keep saying it when the environment is connected to another app.
    ``stopped_at`` is when the run itself saw the app stopped: whoever starts it after that, it loads what there was.
    ``recovered_at`` is when the app was seen running again after a failed run; the column is ``over_at``.
    ``reason`` is a name: what the platform called the trouble, or what we do.
    """

    id: str
    environment_id: str
    by: str
    kind: str
    target: str
    began_at: datetime
    step: Step
    step_at: datetime
    job: str | None
    outcome: Outcome | None
    reason: str | None
    app_state: AppState | None
    stopped_at: datetime | None
    edition: int
    message_channel: str | None
    message_ts: str | None
    ended_at: datetime | None
    recovered_at: datetime | None

    @property
    def has_recovered(self) -> bool:
        """Return whether the app was seen running again after the run failed."""
        return self.outcome in _FAILED and self.recovered_at is not None


async def begin(
    tx: Transaction, connection: Connection, *, target: str, by: str, at: datetime, step: Step
) -> PerformedRestart:
    """Begin with ``step``, on what ``connection`` leads to: ``target``, for everybody to read.

    Raises :class:`StillRuns` while another one runs there, and :class:`NotFound`.
    """
    environment_id, kind = connection.environment_id, connection.kind
    await environments.require(tx, environment_id)
    row = PerformedRow(
        id=new_id(),
        environment_id=environment_id,
        by=by,
        kind=kind,
        target=target,
        began_at=at,
        step=step,
        step_at=at,
        edition=1,
    )
    try:
        async with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:
        raise StillRuns(environment_id) from None
    detail: dict[str, str | int] = {"run": row.id, "step": str(step), "kind": kind}
    tx.record(audit.Tag.RESTART_BEGUN, by, at, detail, environment=environment_id)
    return _performed(row)


async def get(tx: ReadTransaction, run_id: str) -> PerformedRestart | None:
    """Return the run of that id, ended or not."""
    row = await tx.session.get(PerformedRow, run_id)
    return _performed(row) if row else None


async def held(tx: Transaction, run_id: str) -> PerformedRestart | None:
    """Return the run, locked until the transaction ends."""
    query = holding(select(PerformedRow).where(PerformedRow.id == run_id))
    row = (await tx.session.execute(query)).scalar_one_or_none()
    return _performed(row) if row else None


async def running(tx: ReadTransaction, environment_id: str) -> PerformedRestart | None:
    """Return the run of the environment that has not ended."""
    query = select(PerformedRow).where(PerformedRow.environment_id == environment_id, PerformedRow.ended_at.is_(None))
    row = (await tx.session.execute(query)).scalar_one_or_none()
    return _performed(row) if row else None


async def move(
    tx: Transaction,
    run: PerformedRestart,
    *,
    step: Step,
    since: datetime,
    job: str | None = None,
    reason: str | None = None,
    stopped_at: datetime | None = None,
) -> PerformedRestart | None:
    """Go on to ``step``, whose phase began at ``since``; None where the run is not as ``run`` says any more."""
    row = await _hold(tx, run)
    if row is None:
        return None
    row.step, row.step_at, row.job, row.edition = step, since, job, row.edition + 1
    row.stopped_at = row.stopped_at or stopped_at
    row.reason = reason[:_LONGEST_REASON] if reason else None
    await tx.session.flush()
    return _performed(row)


async def end(
    tx: Transaction,
    run: PerformedRestart,
    *,
    outcome: Outcome,
    app_state: AppState,
    at: datetime,
    reason: str | None = None,
) -> PerformedRestart | None:
    """End the run. Return None if it is no longer as ``run`` says."""
    await environments.require(tx, run.environment_id)
    row = await _hold(tx, run)
    if row is None:
        return None
    row.outcome, row.app_state, row.ended_at, row.edition = outcome, app_state, at, row.edition + 1
    if outcome is not Outcome.UNKNOWN:
        # What was said meanwhile speaks for what nobody knows, and against nothing that is known.
        row.recovered_at = None
    row.reason = reason[:_LONGEST_REASON] if reason else None
    await tx.session.flush()
    detail: dict[str, str | int] = {"run": row.id, "outcome": str(outcome), "app": str(app_state)}
    if row.reason:
        detail["reason"] = row.reason
    tx.record(audit.Tag.RESTART_ENDED, row.by, at, detail, environment=row.environment_id)
    return _performed(row)


async def record_message(tx: Transaction, run_id: str, *, channel: str, ts: str) -> PerformedRestart:
    """Record the message that shows the run; raises :class:`NotFound`."""
    query = holding(select(PerformedRow).where(PerformedRow.id == run_id))
    row = (await tx.session.execute(query)).scalar_one_or_none()
    if row is None:
        raise NotFound("run", run_id)
    row.message_channel, row.message_ts = channel, ts
    await tx.session.flush()
    return _performed(row)


async def failed_before(
    tx: ReadTransaction, environment_id: str, moment: datetime, *, like: PerformedRestart | None = None
) -> list[PerformedRestart]:
    """Return the runs before ``moment`` that left the app stopped, or nobody knows how, and are not over; oldest first.

    With ``like``, only those of the same app: an environment may have been connected to another one since.
    """
    here = PerformedRow.environment_id == environment_id
    return [_performed(row) for row in await tx.session.scalars(_failed(here, moment, like))]


async def failed_in(tx: ReadTransaction, environment_ids: Sequence[str], moment: datetime) -> list[PerformedRestart]:
    """Return the same for several environments, oldest first."""
    found: list[PerformedRestart] = []
    for at in range(0, len(environment_ids), _AT_A_TIME):
        some = PerformedRow.environment_id.in_(environment_ids[at : at + _AT_A_TIME])
        found += [_performed(row) for row in await tx.session.scalars(_failed(some, moment))]
    return sorted(found, key=lambda run: (run.began_at, run.id))


async def mark_recovered(
    tx: Transaction, environment_id: str, *, before: datetime, at: datetime, like: PerformedRestart | None = None
) -> list[PerformedRestart]:
    """Record that the app runs again after the runs that failed before that moment; return those that were open.

    Oldest first. A run that is under way is marked too, for the case that nobody will know how it ended.
    """
    here = PerformedRow.environment_id == environment_id
    rows = list(await tx.session.scalars(holding(_failed(here, before, like))))
    under_way = select(PerformedRow).where(here, PerformedRow.began_at < before, PerformedRow.ended_at.is_(None))
    for row in [*rows, *await tx.session.scalars(holding(under_way))]:
        row.recovered_at = at
    await tx.session.flush()
    return [_performed(row) for row in rows]


def _failed(where: ColumnElement[bool], moment: datetime, like: PerformedRestart | None = None) -> Select[PerformedRow]:
    query = select(PerformedRow).where(
        where,
        PerformedRow.began_at < moment,
        PerformedRow.outcome.in_(_FAILED),
        PerformedRow.recovered_at.is_(None),
    )
    if like is not None:
        query = query.where(PerformedRow.kind == like.kind, PerformedRow.target == like.target)
    return query.order_by(PerformedRow.began_at, PerformedRow.id)


async def counts(tx: ReadTransaction) -> dict[Outcome, int]:
    """Count the runs by how they ended; every outcome is there."""
    query = select(PerformedRow.outcome, func.count()).where(PerformedRow.outcome.is_not(None))
    found = {outcome: count for outcome, count in await tx.session.execute(query.group_by(PerformedRow.outcome))}
    return {outcome: found.get(outcome, 0) for outcome in Outcome}


async def _hold(tx: Transaction, run: PerformedRestart) -> PerformedRow | None:
    """Return the row, held, if it still is what ``run`` says: whoever was slower changes nothing."""
    query = select(PerformedRow).where(
        PerformedRow.id == run.id, PerformedRow.edition == run.edition, PerformedRow.ended_at.is_(None)
    )
    return (await tx.session.execute(holding(query))).scalar_one_or_none()


def _performed(row: PerformedRow) -> PerformedRestart:
    return copied(
        PerformedRestart,
        row,
        step=Step(row.step),
        outcome=Outcome(row.outcome) if row.outcome else None,
        app_state=AppState(row.app_state) if row.app_state else None,
    )
