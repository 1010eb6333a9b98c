"""Restarting an app: how it begins, and what is owed to people of it. Goes on in :mod:`bot.desk.restarts.performer`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import ConnectedElsewhere, EnvironmentGone, NotConnected, RestartGone
from bot.desk.environments.environments import the_one
from bot.desk.outbox import enqueue
from bot.desk.outbox.results import Delivery, Moot, Postponed, Progress, Receipt, StepDue
from bot.desk.restarts import alarms
from bot.desk.restarts.connections import must_not_run, revealed
from store import (
    Connection,
    DueItem,
    Environment,
    NotFound,
    PerformedRestart,
    Step,
    StillRuns,
    Transaction,
    environments,
)
from store.restarts import connections, pending, runs


@dataclass(frozen=True, slots=True)
class Proposal:
    """An environment whose app can be restarted, and how."""

    environment: Environment
    connection: Connection


async def propose(desk: Desk, member: Member, channel: str, path: str | None) -> Proposal:
    """What would be restarted; raises NotAllowed, NotConnected, RestartRuns, and as ``the_one``."""
    member.must_manage()
    async with desk.store.reading() as tx:
        environment = await the_one(tx, channel, path)
        connection = await connections.of(tx, environment.id)
        if connection is None:
            raise NotConnected(environment.path)
        await must_not_run(tx, environment)
        return Proposal(environment, connection)


async def restart_pending(
    desk: Desk, member: Member, restart_id: str, *, channel: str | None = None
) -> PerformedRestart:
    """Restart what a reminder is about; raises RestartGone where that is confirmed, and as :func:`restart`."""
    async with desk.store.reading() as tx:
        open_restart = await pending.get(tx, restart_id)
    if open_restart is None or open_restart.confirmed_at is not None:
        raise RestartGone
    return await restart(desk, member, open_restart.environment_id, channel=channel)


async def restart(desk: Desk, member: Member, environment_id: str, *, channel: str | None = None) -> PerformedRestart:
    """Stop and start the app, from now on; raises NotAllowed, EnvironmentGone, NotConnected, RestartRuns.

    ``channel`` is where it was asked for, if in one: an old message in a channel that the environment has left since
    restarts nothing.
    """
    return await _begin(desk, member, environment_id, Step.STOPPING, channel)


async def start_again(desk: Desk, member: Member, run_id: str, *, channel: str | None = None) -> PerformedRestart:
    """Start an app that a run left stopped; raises RestartGone where a later run took care of it.

    Raises ConnectedElsewhere where the environment leads to another app by now, and as :func:`restart`.
    """
    async with desk.store.reading() as tx:
        run = await runs.get(tx, run_id)
    if run is None or run.is_over:
        raise RestartGone
    return await _begin(desk, member, run.environment_id, Step.START_UNSURE, channel, left_by=run)


async def _begin(
    desk: Desk,
    member: Member,
    environment_id: str,
    step: Step,
    channel: str | None,
    *,
    left_by: PerformedRestart | None = None,
) -> PerformedRestart:
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        environment = await _held(tx, environment_id)
        if channel not in {None, environment.channel}:
            raise EnvironmentGone
        connection = await connections.of(tx, environment_id)
        if connection is None:
            raise NotConnected(environment.path)
        if left_by is not None and (connection.kind, connection.target) != (left_by.kind, left_by.target):
            raise ConnectedElsewhere(environment.path, left_by.target)
        await must_not_run(tx, environment)
        await revealed(tx, environment, connection)
        first = Step.CALLING if connection.kind == connections.WEBHOOK else step
        try:
            run = await runs.begin(tx, connection, by=member.id, at=now, step=first)
        except StillRuns:  # somebody else's began between the look and this
            await must_not_run(tx, environment)
            raise
        await enqueue.owe_progress(tx, run, at=now)
        await enqueue.owe_step(tx, run, at=now)
    desk.nudge.set()
    return run


async def _held(tx: Transaction, environment_id: str) -> Environment:
    """Nobody connects it to another app while a run begins."""
    try:
        return await environments.require(tx, environment_id)
    except NotFound:
        raise EnvironmentGone from None


async def delivery_of(tx: Transaction, item: DueItem, now: datetime) -> Delivery | Postponed | Moot | None:
    """What is due of a run, as it is now; None where nothing is any more."""
    run_id, _, edition = item.subject.partition(":")
    run = await runs.get(tx, run_id)
    environment = await environments.get(tx, run.environment_id) if run else None
    if run is None or environment is None:
        return None
    if item.kind == enqueue.PERFORM:
        gone_on = run.ended_at is not None or str(run.edition) != edition
        return None if gone_on else StepDue(run, environment, unsure=item.unsure_since is not None)
    if item.kind == enqueue.PROGRESS:
        return _progress(run, environment, item)
    return await alarms.alarm_of(tx, run, environment, item, now)


def _progress(run: PerformedRestart, environment: Environment, item: DueItem) -> Progress | None:
    """Only the first item posts the message, so that it is posted once; those after it change what stands."""
    standing = (run.message_channel, run.message_ts) if run.message_channel and run.message_ts else None
    if standing is None and item.key != enqueue.progress_key(run.id, 1):
        return None
    by_itself = run.kind == connections.WEBHOOK
    return Progress(run, environment, standing, by_itself=by_itself, over=run.is_over)


async def progress_said(tx: Transaction, desk: Desk, progress: Progress, receipt: Receipt | None) -> None:
    """The message stands, or was changed: where the run has gone on meanwhile, it is changed once more.

    So it is where an earlier attempt's message was found, which shows what was known then.
    """
    if receipt is not None and progress.standing is None:
        run = await runs.said(tx, progress.run.id, channel=receipt.channel, ts=receipt.ts)
    else:
        run = await runs.get(tx, progress.run.id) or progress.run
    is_over = run.is_over
    found = receipt is not None and receipt.earlier
    if found or run.edition != progress.run.edition or is_over != progress.over:
        await enqueue.owe_progress(tx, run, at=desk.clock(), after=progress.run.edition, over=is_over)
