"""Deciding what somebody asked for: approve, decline, withdraw, or do it at once with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretBytes

from bot.desk.base import access
from bot.desk.base.access import Find, owning
from bot.desk.base.deeds import Acting, Deed, Deeds, Look, Preparing
from bot.desk.base.desk import Desk, Member, People
from bot.desk.base.errors import (
    ChangedSinceAsked,
    DeskError,
    EnvironmentGone,
    NoReason,
    NotYourRequest,
    OwnRequest,
    RequestBroken,
    RequestEnded,
    RequesterMayNot,
    RequestGone,
)
from bot.desk.base.lookup import of_channel
from bot.desk.requests.kinds import announce_end
from store import Environment, NotFound, ReadTransaction, Request, SealBroken, Transaction, audit, environments
from store.requests import requests
from store.requests.requests import State

REASON = 500


@dataclass(frozen=True, slots=True)
class Decided:
    """A request that has just ended, and the environment that it is about."""

    request: Request
    environment: Environment


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides a request, ``channel`` where they do (None in private), and who says what other people may."""

    member: Member
    request_id: str
    channel: str | None
    people: People


async def waiting(desk: Desk, channel: str, path: str | None) -> list[Decided]:
    """Return what waits in the channel's environments, or in the one of ``path``. Raises as ``of_channel``."""
    async with desk.store.reading() as tx:
        several, chosen = await of_channel(tx, channel, path)
        places = {one.id: one for one in ([chosen] if path and chosen else several)}
        found = await requests.waiting(tx, list(places))
    return [Decided(one, places[one.environment_id]) for one in found]


async def approve(desk: Desk, deeds: Deeds, deciding: Deciding) -> Decided:
    """Check everything again, and make the change, as one change of who asked and who approves.

    Raises OwnRequest, RequestGone, RequestEnded, RequesterMayNot, ChangedSinceAsked, NoLongerGood, RequestBroken, what
    the deed raises, and as :func:`owning`.
    """
    return await _done(desk, deeds, deciding, State.APPROVED)


async def do_now(desk: Desk, deeds: Deeds, deciding: Deciding, reason: str) -> Decided:
    """Make the change without a second person. Raises NoReason, and as :func:`approve` but for OwnRequest."""
    return await _done(desk, deeds, deciding, State.BYPASSED, given(reason))


async def decline(desk: Desk, deciding: Deciding, reason: str) -> Decided:
    """Let the request end without a change. Raises NoReason, OwnRequest, RequestGone, RequestEnded, as owning."""
    why = given(reason)
    async with owning(desk, deciding.member, _place_of(deciding)) as (tx, place):
        request = await _open(tx, desk, deciding)
        if request.asked_by == deciding.member.id:
            raise OwnRequest
        ended = await _end(tx, desk, deciding, State.DECLINED, why)
    desk.nudge.set()
    return Decided(ended, place)


async def withdraw(desk: Desk, deciding: Deciding) -> Decided:
    """Take one's own request back, from wherever one is. Raises NotYourRequest, RequestGone, RequestEnded."""
    deciding.member.must_manage()
    async with desk.store.transaction() as tx:
        place = await _place_of(deciding)(tx)
        await environments.require(tx, place.id)
        request = await _open(tx, desk, deciding)
        if request.asked_by != deciding.member.id:
            raise NotYourRequest(request.asked_by)
        ended = await _end(tx, desk, deciding, State.WITHDRAWN)
    desk.nudge.set()
    return Decided(ended, place)


async def may_decide(desk: Desk, deciding: Deciding, *, others: bool = True) -> Request:
    """Return the request, before a reason is asked for. Raises OwnRequest (of ``others``), RequestEnded, as owning."""
    async with owning(desk, deciding.member, _place_of(deciding)) as (tx, _):
        request = await _open(tx, desk, deciding)
    if others and request.asked_by == deciding.member.id:
        raise OwnRequest
    return request


async def overtake(tx: Transaction, place: Environment, *, by: str, at: datetime, reason: str, but: str = "") -> None:
    """End everything that waits in an environment that moved or was removed, in the transaction that does that.

    ``but`` is the request that is being approved with it.
    """
    waiting = [one for one in await requests.waiting(tx, [place.id]) if one.id != but]
    for request in waiting:
        await requests.held(tx, request.id)
        await announce_end(tx, await requests.end(tx, request.id, State.OVERTAKEN, by=by, at=at, reason=reason))


async def _done(desk: Desk, deeds: Deeds, deciding: Deciding, state: State, reason: str = "") -> Decided:
    member = deciding.member
    asked, secret = await _revealed(desk, deciding, state)
    deed = deeds.get(asked.deed)
    if deed is None:
        raise RequestBroken
    await _asker_still_may(desk, deciding, deed, asked)
    async with desk.store.reading() as tx:
        place = await _place_of(deciding)(tx)
    ready = await deed.prepare(Preparing(desk, place, asked.do, secret, member.id))
    with audit.with_besides(request=asked.id, decided_by=member.id):
        async with owning(desk, member, _place_of(deciding)) as (tx, place):
            request = await _open(tx, desk, deciding)
            if await _looks(tx, deed, place, request) != dict(request.shown["old"]):
                raise ChangedSinceAsked
            approved_by = member.id if state is State.APPROVED else ""
            acting = Acting(
                desk, tx, place, request.asked_by, desk.clock(), request.do, secret, ready, approved_by, request.id
            )
            await deed.apply(acting)
            ended = await _end(tx, desk, deciding, state, reason)
    desk.nudge.set()
    return Decided(ended, place)


async def _looks(tx: ReadTransaction, deed: Deed[Any], place: Environment, request: Request) -> dict[str, list[str]]:
    """Return how things are, as JSON gives it back."""
    look: Look = await deed.look(tx, place, request.do)
    return {name: list(texts) for name, texts in look.items()}


async def _revealed(desk: Desk, deciding: Deciding, state: State) -> tuple[Request, SecretBytes]:
    """Return the request with what it brings, for somebody who may have it done."""
    async with owning(desk, deciding.member, _place_of(deciding)) as (tx, _):
        request = await _open(tx, desk, deciding)
        if state is State.APPROVED and request.asked_by == deciding.member.id:
            raise OwnRequest
        try:
            return request, await requests.reveal(tx, request.id, by=deciding.member.id, at=desk.clock())
        except SealBroken:
            raise RequestBroken from None


async def _asker_still_may(desk: Desk, deciding: Deciding, deed: Deed[Any], request: Request) -> None:
    """Who asked may have left the channel, or the company, since."""
    async with desk.store.reading() as tx:
        place = await _place_of(deciding)(tx)
    try:
        asker = await deciding.people.member(request.asked_by)
        await access.ask(asker, place, owns=deed.owners)
        (asker.must_own if deed.owners else asker.must_change)(place)
    except DeskError:
        raise RequesterMayNot(request.asked_by) from None


async def _open(tx: Transaction, desk: Desk, deciding: Deciding) -> Request:
    """Return the request, held, if it can still be decided."""
    try:
        request = await requests.held(tx, deciding.request_id)
    except NotFound:
        raise RequestGone from None
    if not request.is_waiting:
        raise RequestEnded(request.state, request.decided_by or "")
    if desk.clock() >= request.expires_at:  # and the item that ends it was not handled yet
        raise RequestEnded(State.EXPIRED, "")
    return request


async def _end(tx: Transaction, desk: Desk, deciding: Deciding, state: State, reason: str = "") -> Request:
    ended = await requests.end(tx, deciding.request_id, state, by=deciding.member.id, at=desk.clock(), reason=reason)
    await announce_end(tx, ended)
    return ended


def given(reason: str) -> str:
    """Return the reason as it is kept. Raises NoReason."""
    if not (kept := reason.strip()[:REASON]):
        raise NoReason
    return kept


def _place_of(deciding: Deciding) -> Find:
    """Find the environment of a request; a button in a channel that the environment has left decides nothing."""

    async def find(tx: ReadTransaction) -> Environment:
        if (request := await requests.get(tx, deciding.request_id)) is None:
            raise RequestGone
        place = await environments.get(tx, request.environment_id)
        if place is None or deciding.channel not in {None, place.channel}:
            raise EnvironmentGone
        return place

    return find
