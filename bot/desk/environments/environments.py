"""Environments: adding, moving, changing their zone, listing."""

from __future__ import annotations

from functools import partial

from bot.desk.base import errors, parsing
from bot.desk.base.access import owning
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import NotAChannel, NotInChannel, SharedChannel, UnknownEnvironment
from bot.desk.base.lookup import meant
from bot.desk.environments import replanning
from bot.desk.expiry import weekly_list
from bot.desk.outbox import notices
from bot.desk.requests import deciding
from bot.desk.restarts import alarms, reminders
from bot.desk.restarts.connections import must_not_run
from store import AlreadyExists, Environment, ReadTransaction, Transaction, environments
from store.restarts import connections, tokens

OVERTAKEN_BY_MOVE = "moved"


async def add(
    desk: Desk, member: Member, channel: str, path: str, timezone: str | None = None, *, shared: bool = False
) -> Environment:
    """Add an environment to this channel, in the member's own zone unless another is said.

    ``shared`` if the member knows that other companies see the channel. Raises NotAllowed, NotInChannel,
    UnknownMembers, NotAChannel, SharedChannel, BadPath, BadTimezone, AlreadyExists.
    """
    member.must_manage()
    app, name = parsing.path(path)
    await _must_fit(member, channel, f"{app}/{name}", shared=shared)
    if not member.channels.has(channel):
        raise NotInChannel(f"{app}/{name}")
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
        raise errors.AlreadyExists(f"{app}/{name}", here=found is not None and found.channel == channel) from None


async def _must_fit(member: Member, channel: str, path: str, *, shared: bool) -> None:
    """Find out who is in the channel, and whether an environment may belong to it."""
    if channel.startswith("D"):
        raise NotAChannel
    await member.channels.ask(channel)
    if not shared and (companies := await member.channels.companies(channel)):
        raise SharedChannel(path, companies)


async def bind(desk: Desk, member: Member, channel: str, path: str, *, shared: bool = False) -> Environment:
    """Move an environment to this channel, and its restart reminder with it; ``shared`` as for :func:`add`.

    The tokens and the connection of the old team end, and so does what waits for approval. Raises BadPath,
    UnknownEnvironment, NotAChannel, SharedChannel, RestartRuns, and as :func:`owning`: an owner must be in both
    channels.
    """
    member.must_manage()
    await _must_fit(member, channel, path, shared=shared)
    async with owning(desk, member, partial(_named, path)) as (tx, found):
        if found.channel == channel:
            return found
        if not (member.is_admin or member.channels.has(channel)):
            raise NotInChannel(found.path)
        await must_not_run(tx, found)
        moved = await environments.bind(tx, found.id, channel=channel, by=member.id, at=desk.clock())
        await weekly_list.watch_channel(tx, moved, desk.clock())
        await reminders.move_to_channel(tx, moved, desk.clock())
        await alarms.move_to_channel(tx, moved, desk.clock())
        await _leave(tx, desk, member, found, moved)
    desk.nudge.set()
    return moved


async def _leave(tx: Transaction, desk: Desk, member: Member, before: Environment, moved: Environment) -> None:
    """End what belongs to the old team: tokens, the connection, what waits for approval. Both channels are told."""
    by, now = member.id, desk.clock()
    await deciding.overtake(tx, moved, by=by, at=now, reason=OVERTAKEN_BY_MOVE)
    ended = await tokens.revoke_all(tx, moved.id, by=by, at=now)
    was_connected = await connections.remove(tx, moved.id, by=by, at=now)
    detail = {"from": before.channel, "to": moved.channel, "tokens": str(ended), "connection": str(int(was_connected))}
    for channel in (before.channel, moved.channel):
        await notices.schedule(tx, moved, "moved", by=by, at=now, detail=detail, channel=channel)


async def _named(path: str, tx: ReadTransaction) -> Environment:
    app, name = parsing.path(path)
    if (found := await environments.find(tx, app, name)) is None:
        raise UnknownEnvironment(f"{app}/{name}")
    return found


async def set_timezone(desk: Desk, member: Member, channel: str, path: str | None, timezone: str) -> Environment:
    """Change an environment's zone. Raises BadTimezone, as :func:`owning`, and as ``lookup.the_one``."""
    member.must_manage()
    zone = parsing.timezone(timezone)
    async with owning(desk, member, meant(channel, path)) as (tx, environment):
        changed = await environments.set_timezone(tx, environment.id, timezone=zone, by=member.id, at=desk.clock())
        await replanning.replan(tx, desk.policy, changed, desk.clock())
    desk.nudge.set()
    return changed


async def listing(desk: Desk, channel: str) -> list[Environment]:
    """Return the channel's environments, by path."""
    async with desk.store.reading() as tx:
        return await environments.bound_to(tx, channel)
