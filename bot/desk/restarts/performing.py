"""Restarting an app: how it begins. The steps that follow are taken by :mod:`bot.desk.restarts.performer`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk.base.access import by_id, changing
from bot.desk.base.deeds import Acting, Deed
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import ConnectedElsewhere, EnvironmentGone, NotConnected, RestartGone
from bot.desk.base.lookup import the_one
from bot.desk.base.platforms import PlatformKind
from bot.desk.outbox.kind import Kind, Loaded, Loading
from bot.desk.requests.asking import perform
from bot.desk.restarts.connections import connected_to, must_not_run, revealed
from bot.desk.restarts.progress import schedule_progress
from store import (
    DueItem,
    Environment,
    PerformedRestart,
    Step,
    StillRuns,
    Transaction,
    environments,
    queue,
)
from store.restarts import connections, pending, runs


@dataclass(frozen=True, slots=True)
class Proposal:
    """An environment whose app can be restarted, and how."""

    environment: Environment
    platform: PlatformKind
    target: str


@dataclass(frozen=True, slots=True)
class StepDue:
    """Take a step of a restart; ``unsure`` if nobody knows what came of an earlier attempt at it."""

    run: PerformedRestart
    environment: Environment
    unsure: bool


async def propose(desk: Desk, member: Member, channel: str, path: str | None) -> Proposal:
    """Return what would be restarted. Raises NotAllowed, NotConnected, RestartRuns, and as ``the_one``."""
    member.must_manage()
    async with desk.store.reading() as tx:
        environment = await the_one(tx, channel, path)
        connection = await connections.of(tx, environment.id)
        if connection is None:
            raise NotConnected(environment.path)
        await must_not_run(tx, environment)
        platform = desk.platforms.of(connection)
        return Proposal(environment, platform, platform.target(connection.settings))


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
    """Stop and start the app, from now on. Raises NotConnected, RestartRuns, and as :func:`changing`.

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
    if run is None or run.has_recovered:
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
    do = {"step": step.value, "left_by": left_by.id if left_by else ""}
    async with changing(desk, member, by_id(environment_id)) as (tx, environment):
        if channel not in {None, environment.channel}:
            raise EnvironmentGone
        acting = Acting(desk, tx, environment, member.id, desk.clock(), do)
        # What a restart left stopped is started without waiting: that ends what was approved, or an outage.
        run = await (_start(acting) if left_by else perform(acting, RESTART))
    desk.nudge.set()
    return run


async def _start(acting: Acting) -> PerformedRestart:
    tx, place, now = acting.tx, acting.place, acting.now
    connection = await connections.of(tx, place.id)
    if connection is None:
        raise NotConnected(place.path)
    platform = acting.desk.platforms.of(connection)
    target = platform.target(connection.settings)
    left_by = await runs.get(tx, acting.do["left_by"]) if acting.do["left_by"] else None
    if left_by is not None and (platform.name, target) != (left_by.kind, left_by.target):
        raise ConnectedElsewhere(place.path, left_by.target)
    await must_not_run(tx, place)
    await revealed(tx, place, connection)
    first = Step.CALLING if platform.by_itself else Step(acting.do["step"])
    try:
        run = await runs.begin(tx, connection, target=target, by=acting.by, at=now, step=first)
    except StillRuns:  # somebody else's began between the look and this
        await must_not_run(tx, place)
        raise
    await schedule_progress(tx, run, at=now)
    await schedule_step(tx, run, at=now)
    return run


RESTART = Deed("restart", connected_to, _start)


async def schedule_step(tx: Transaction, run: PerformedRestart, *, at: datetime) -> None:
    """Schedule the next step of a restart."""
    key, payload = f"perform:{run.id}:{run.edition}", {"edition": run.edition}
    await STEP.schedule(tx, run.id, key=key, at=at, environment_id=run.environment_id, payload=payload)


async def _load(due: Loading) -> Loaded[StepDue]:
    run = await runs.get(due.tx, due.item.subject)
    environment = await environments.get(due.tx, run.environment_id) if run else None
    if run is None or environment is None:
        return None
    gone_on = run.ended_at is not None or run.edition != due.payload["edition"]
    return None if gone_on else StepDue(run, environment, unsure=due.is_unsure)


def _old(item: DueItem) -> DueItem:
    run_id, _, edition = item.subject.partition(":")
    return replace(item, subject=run_id, payload={"edition": int(edition)})


STEP = Kind("perform", StepDue, _load, "the next step of a restart", lane=queue.DO, before_payload=_old)
