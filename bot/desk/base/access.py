"""Who may change an environment: asked in the transaction that changes it, of the environment as it is then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import AwaitsApproval, EnvironmentGone
from store import Environment, NotFound, ReadTransaction, Transaction, environments

Find = Callable[[ReadTransaction], Awaitable[Environment]]


@asynccontextmanager
async def changing(desk: Desk, member: Member, find: Find) -> AsyncIterator[tuple[Transaction, Environment]]:
    """Begin a transaction that changes the environment that ``find`` returns, which is held until it ends.

    Raises NotTheOwner where owners alone change it, NotAllowed, NotOurs, NotInChannel, UnknownMembers,
    EnvironmentGone, and what ``find`` raises.
    """
    async with _held(desk, member, find) as (tx, place):
        member.must_change(place)
        yield tx, place


@asynccontextmanager
async def owning(desk: Desk, member: Member, find: Find) -> AsyncIterator[tuple[Transaction, Environment]]:
    """Begin a transaction for what owners decide. Raises NotTheOwner, and as :func:`changing`."""
    async with _held(desk, member, find, asks=not member.is_admin) as (tx, place):
        member.must_own(place)
        yield tx, place


async def may_change(desk: Desk, member: Member, find: Find) -> Environment:
    """Return the environment, for somebody who may change it, before a form is opened. Raises as :func:`changing`."""
    place = await _found(desk, member, find)
    member.must_change(place)
    return place


async def may_own(desk: Desk, member: Member, find: Find) -> Environment:
    """Return the environment, for one of its owners or an admin, before a form is opened. Raises as :func:`owning`."""
    place = await _found(desk, member, find, asks=not member.is_admin)
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
    desk: Desk, member: Member, find: Find, *, asks: bool = True
) -> AsyncIterator[tuple[Transaction, Environment]]:
    """Slack is asked before the transaction begins: while one is open, others may have to wait for it.

    A request for approval is kept although it is raised.
    """
    await _found(desk, member, find, asks=asks)
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


async def _found(desk: Desk, member: Member, find: Find, *, asks: bool = True) -> Environment:
    """An admin decides also about an environment whose channel is gone, and of which Slack tells nothing any more."""
    member.must_manage()
    async with desk.store.reading() as tx:
        place = await find(tx)
    if asks:
        await member.channels.ask(place.channel)
    return place
