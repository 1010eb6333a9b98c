"""Environments: adding, moving, changing their zone, removing; and which of them is meant."""

from __future__ import annotations

from bot.desk.base import parsing
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import (
    AlreadyExists,
    ElsewhereBound,
    NeedsEnvironment,
    NoEnvironment,
    NotTheOwner,
    RestartRuns,
    StillHolds,
    UnknownEnvironment,
)
from bot.desk.environments import replanning
from bot.desk.expiry import weekly_list
from store import AlreadyExists as StoreAlreadyExists
from store import Environment, ReadTransaction, environments
from store import StillHolds as StoreStillHolds
from store.restarts import connections, runs


async def add(desk: Desk, member: Member, channel: str, path: str, timezone: str | None = None) -> Environment:
    """Add an environment to this channel, in the member's own zone unless another is said.

    Raises NotAllowed, BadPath, BadTimezone, AlreadyExists.
    """
    member.must_manage()
    app, name = parsing.path(path)
    zone = parsing.timezone(timezone or member.timezone)
    try:
        async with desk.store.transaction() as tx:
            added = await environments.add(
                tx, app=app, name=name, channel=channel, timezone=zone, by=member.id, at=desk.clock()
            )
            await weekly_list.watch_channel(tx, added, desk.clock())
            return added
    except StoreAlreadyExists:
        async with desk.store.reading() as tx:
            found = await environments.find(tx, app, name)
        raise AlreadyExists(f"{app}/{name}", found.channel if found else channel) from None


async def bind(desk: Desk, member: Member, channel: str, path: str) -> Environment:
    """Move an environment to this channel; raises NotAllowed, BadPath, UnknownEnvironment, NotTheOwner."""
    member.must_manage()
    app, name = parsing.path(path)
    async with desk.store.transaction() as tx:
        found = await environments.find(tx, app, name)
        if found is None:
            raise UnknownEnvironment(f"{app}/{name}")
        if found.channel == channel:
            return found
        if not (member.is_admin or member.id == found.created_by):
            raise NotTheOwner(found.path, found.created_by)
        moved = await environments.bind(tx, found.id, channel=channel, by=member.id, at=desk.clock())
        await weekly_list.watch_channel(tx, moved, desk.clock())
        return moved


async def set_timezone(desk: Desk, member: Member, channel: str, path: str | None, timezone: str) -> Environment:
    """Change an environment's zone; raises NotAllowed, BadTimezone, and what :func:`of_channel` raises."""
    member.must_manage()
    zone = parsing.timezone(timezone)
    async with desk.store.transaction() as tx:
        environment = await the_one(tx, channel, path)
        changed = await environments.set_timezone(tx, environment.id, timezone=zone, by=member.id, at=desk.clock())
        await replanning.replan(tx, desk.policy, changed, desk.clock())
    desk.nudge.set()
    return changed


async def remove(desk: Desk, member: Member, channel: str, path: str) -> Environment:
    """Remove an empty environment, and what its app was connected to.

    Raises NotAllowed, StillHolds, RestartRuns, and what :func:`of_channel` raises.
    """
    member.must_manage()
    async with desk.store.transaction() as tx:
        environment = await the_one(tx, channel, path)
        try:
            await environments.require(tx, environment.id)
            if (run := await runs.running(tx, environment.id)) is not None:
                raise RestartRuns(environment.path, run.by, run.began_at)
            await connections.remove(tx, environment.id, by=member.id, at=desk.clock())
            await environments.remove(tx, environment.id, by=member.id, at=desk.clock())
        except StoreStillHolds as still:
            raise StillHolds(environment.path, still.count) from None
    return environment


async def listing(desk: Desk, channel: str) -> list[Environment]:
    """The channel's environments, by path."""
    async with desk.store.reading() as tx:
        return await environments.bound_to(tx, channel)


async def of_channel(
    tx: ReadTransaction, channel: str, path: str | None
) -> tuple[list[Environment], Environment | None]:
    """The channel's environments, and the one that is meant: the only one, or the one of ``path``.

    Raises NoEnvironment where there is none, BadPath, UnknownEnvironment, ElsewhereBound.
    """
    here = await environments.bound_to(tx, channel)
    if path is not None:
        return here, await _named(tx, here, channel, path)
    if not here:
        raise NoEnvironment
    return here, here[0] if len(here) == 1 else None


async def the_one(tx: ReadTransaction, channel: str, path: str | None) -> Environment:
    """The environment that is meant; raises NeedsEnvironment where several could be, and as :func:`of_channel`."""
    here, chosen = await of_channel(tx, channel, path)
    if chosen is None:
        raise NeedsEnvironment(tuple(one.path for one in here))
    return chosen


async def _named(tx: ReadTransaction, here: list[Environment], channel: str, path: str) -> Environment:
    app, name = parsing.path(path)
    found = await environments.find(tx, app, name)
    if found is None:
        raise UnknownEnvironment(f"{app}/{name}", parsing.nearest(f"{app}/{name}", [one.path for one in here]))
    if found.channel != channel:
        raise ElsewhereBound(found.path, found.channel)
    return found
