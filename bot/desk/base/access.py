"""Who may change an environment: asked in the transaction that changes it, of the environment as it is then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import AwaitsApproval, EnvironmentGone, UnknownGroup
from store import Environment, NotFound, ReadTransaction, Transaction, environments

Find = Callable[[ReadTransaction], Awaitable[Environment]]


@asynccontextmanager
async def changing(desk: Desk, member: Member, find: Find) -> AsyncIterator[tuple[Transaction, Environment]]:
    """Begin a transaction that changes the environment that ``find`` returns, which is held until it ends.

    Raises NotTheOwner where owners alone change it, NotAllowed, NotOurs, NotInChannel, UnknownMembers, UnknownGroup,
    EnvironmentGone, and what ``find`` raises.
    """
    async with _held(desk, member, find) as (tx, place):
        member.must_change(place)
        yield tx, place


@asynccontextmanager
async def owning(desk: Desk, member: Member, find: Find) -> AsyncIterator[tuple[Transaction, Environment]]:
    """Begin a transaction for what owners decide. Raises NotTheOwner, and as :func:`changing`."""
    async with _held(desk, member, find, owns=True) as (tx, place):
        member.must_own(place)
        yield tx, place


async def may_change(desk: Desk, member: Member, find: Find) -> Environment:
    """Return the environment, for somebody who may change it, before a form is opened. Raises as :func:`changing`."""
    place = await _found(desk, member, find)
    member.must_change(place)
    return place


async def may_own(desk: Desk, member: Member, find: Find) -> Environment:
    """Return the environment, for one of its owners or an admin, before a form is opened. Raises as :func:`owning`."""
    place = await _found(desk, member, find, owns=True)
    member.must_own(place)
    return place


def by_id(environment_id: str) -> Find:
    """Find an environment by its id. Raises EnvironmentGone."""

    async def find(tx: ReadTransaction) -> Environment:
        if (place := await environments.get(tx, environment_id)) is None:
            raise EnvironmentGone
        return place

    return find


@asynccontextmanager
async def _held(
    desk: Desk, member: Member, find: Find, *, owns: bool = False
) -> AsyncIterator[tuple[Transaction, Environment]]:
    """Slack is asked before the transaction begins: while one is open, others may have to wait for it.

    A request for approval is kept although it is raised.
    """
    await _found(desk, member, find, owns=owns)
    asked: AwaitsApproval | None = None
    async with desk.store.transaction() as tx:
        try:
            place = await environments.require(tx, (await find(tx)).id)
        except NotFound:
            raise EnvironmentGone from None
        try:
            yield tx, place
        except AwaitsApproval as error:
            asked = error
    if asked is not None:
        desk.nudge.set()
        raise asked


async def _found(desk: Desk, member: Member, find: Find, *, owns: bool = False) -> Environment:
    """Ask Slack what it takes to decide later whether the member may change the environment, or (``owns``) owns it.

    An admin decides also about an environment whose channel is gone, and of which Slack tells nothing any more.
    """
    member.must_manage()
    async with desk.store.reading() as tx:
        place = await find(tx)
    await ask(member, place, owns=owns)
    return place


async def ask(member: Member, place: Environment, *, owns: bool = False) -> None:
    """Ask Slack whether the member is in the channel, and in a user group that owns the environment if that matters.

    Raises UnknownMembers, UnknownGroup.
    """
    if not (owns and member.is_admin):
        await member.channels.ask(place.channel)
    if (owns or place.owners_only) and not member.is_admin:
        await ask_groups(member, place)


async def ask_groups(member: Member, place: Environment) -> None:
    """Ask Slack whether the member is in a user group that owns the environment, if they own it in no other way.

    Where Slack does not tell about one group, the person may be in another one. Raises UnknownGroup.
    """
    if member.id in place.owners:
        return
    unknown: UnknownGroup | None = None
    for group in place.groups:
        try:
            await member.groups.ask(group)
        except UnknownGroup as error:
            unknown = error
    if unknown is not None and not member.owns(place):
        raise unknown
