"""Environments: adding, moving, changing their zone, removing."""

from __future__ import annotations

from bot.desk.base import errors, parsing
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import NotTheOwner, RestartRuns, UnknownEnvironment
from bot.desk.base.lookup import the_one
from bot.desk.environments import replanning
from bot.desk.expiry import weekly_list
from bot.desk.restarts import alarms, reminders
from store import AlreadyExists, Environment, StillHolds, environments
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
    except AlreadyExists:
        async with desk.store.reading() as tx:
            found = await environments.find(tx, app, name)
        raise errors.AlreadyExists(f"{app}/{name}", found.channel if found else channel) from None


async def bind(desk: Desk, member: Member, channel: str, path: str) -> Environment:
    """Move an environment to this channel, and its restart reminder with it.

    Raises NotAllowed, BadPath, UnknownEnvironment, NotTheOwner.
    """
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
        await reminders.move_to_channel(tx, moved, desk.clock())
        await alarms.move_to_channel(tx, moved, desk.clock())
    desk.nudge.set()
    return moved


async def set_timezone(desk: Desk, member: Member, channel: str, path: str | None, timezone: str) -> Environment:
    """Change an environment's zone; raises NotAllowed, BadTimezone, and as :func:`~bot.desk.base.lookup.the_one`."""
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

    Raises NotAllowed, StillHolds, RestartRuns, and as :func:`~bot.desk.base.lookup.the_one`.
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
        except StillHolds as still:
            raise errors.StillHolds(environment.path, still.count) from None
    return environment


async def listing(desk: Desk, channel: str) -> list[Environment]:
    """Return the channel's environments, by path."""
    async with desk.store.reading() as tx:
        return await environments.bound_to(tx, channel)
