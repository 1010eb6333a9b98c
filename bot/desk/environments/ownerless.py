"""Environments whose last owner has left: the channel and the workspace's admins are told, who name another.

When Slack tells that a person, a channel or a user group changed, it is looked a little later whether an owner is left:
people come back, and changes come in numbers. So it is when the bot starts, which was told nothing meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.base.desk import Desk, People
from bot.desk.base.errors import UnknownGroup, UnknownMembers, UnknownPerson
from bot.desk.environments.owners import GONE
from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Environment, environments, queue
from store.environments import is_group

_LOOK_AFTER = timedelta(minutes=10)
_MOST_ADMINS = 20
# Slack is asked about one person at a time, and a group may be the whole company.
_MOST_ASKED = 50


@dataclass(frozen=True, slots=True)
class OwnersLook:
    """Look whether the environment has an owner who is in its channel."""

    environment: Environment


@dataclass(frozen=True, slots=True)
class Ownerless:
    """Tell a channel, or an admin (``told``), that nobody owns the environment any more."""

    environment: Environment
    told: str


async def somebody_changed(desk: Desk, person: str) -> None:
    """Look at what a person owned, by themselves or perhaps in a user group, who cannot be an owner any more."""
    async with desk.store.reading() as tx:
        several = await environments.owned_by(tx, person)
    await _look_at(desk, several, _just_now(desk, person))


async def somebody_left(desk: Desk, person: str, channel: str) -> None:
    """Look at a channel's environments that the person, who has left it, may have owned."""
    async with desk.store.reading() as tx:
        here = await environments.bound_to(tx, channel)
    await _look_at(desk, [one for one in here if person in one.owners or one.groups], _just_now(desk, person))


async def group_changed(desk: Desk, group: str) -> None:
    """Look at what a user group owns, in which there are others now, or which is gone."""
    async with desk.store.reading() as tx:
        several = [one for one in await environments.owned_by(tx, group) if group in one.owners]
    await _look_at(desk, several, _just_now(desk, group))


async def bot_started(desk: Desk) -> None:
    """Look at every environment, once a day: what happened while the bot was down, Slack may never have told."""
    async with desk.store.reading() as tx:
        several = await environments.all_(tx)
    await _look_at(desk, several, f"start:{desk.clock().date().isoformat()}")


async def _look_at(desk: Desk, several: Sequence[Environment], why: str) -> None:
    """``why`` tells this occasion from others: for each, an environment is looked at once."""
    if not several:
        return
    at = desk.clock() + _LOOK_AFTER
    async with desk.store.transaction() as tx:
        for place in several:
            key = f"owners-look:{place.id}:{why}"
            await OWNERS_LOOK.schedule(tx, place.id, key=key, at=at, environment_id=place.id)
    desk.nudge.set()


def _just_now(desk: Desk, who: str) -> str:
    return f"{who}:{desk.clock().isoformat()}"


async def look(desk: Desk, place: Environment, people: People) -> None:
    """Tell the channel and the admins if nobody is left who owns the environment, once a day at most.

    Where Slack does not tell who is in the channel or in a group, nobody is told. Raises slack_sdk's errors.
    """
    try:
        if not _named(place) or await _anybody(place, people):
            return
    except (UnknownGroup, UnknownMembers):
        return
    told = [place.channel, *(await people.admins())[:_MOST_ADMINS]]
    now = desk.clock()
    async with desk.store.transaction() as tx:
        for one in told:
            await OWNERLESS.schedule(
                tx, place.id, key=_key(place, one, now), at=now, environment_id=place.id, payload={"told": one}
            )
    desk.nudge.set()


def _named(place: Environment) -> bool:
    """Return whether somebody in Slack ever owned it: what the command line added, only admins own."""
    return any(one.startswith(("U", "W", "S")) for one in place.owners)


async def _anybody(place: Environment, people: People) -> bool:
    """Return whether an owner is there; a group that is gone has nobody in it."""
    for owner in place.owners:
        for person in await _people_of(owner, people):
            if await _is_there(person, place, people):
                return True
    return False


async def _people_of(owner: str, people: People) -> Sequence[str]:
    if not is_group(owner):
        return (owner,)
    try:
        return sorted(await people.group(owner))[:_MOST_ASKED]
    except UnknownGroup as error:
        if error.reason not in GONE:
            raise
        return ()


async def _is_there(person: str, place: Environment, people: People) -> bool:
    try:
        member = await people.member(person)
    except UnknownPerson:
        return False
    if not member.can_own:
        return False
    await member.channels.ask(place.channel)
    return member.channels.has(place.channel)


def _key(place: Environment, told: str, now: datetime) -> str:
    owners = hashlib.sha256(" ".join(sorted(place.owners)).encode()).hexdigest()[:16]
    return f"ownerless:{place.id}:{told}:{owners}:{now.date().isoformat()}"


async def _load_look(due: Loading) -> Loaded[OwnersLook]:
    place = await environments.get(due.tx, due.item.subject)
    return OwnersLook(place) if place else None


async def _load(due: Loading) -> Loaded[Ownerless]:
    place = await environments.get(due.tx, due.item.subject)
    return Ownerless(place, due.payload["told"]) if place else None


OWNERS_LOOK = Kind("owners-look", OwnersLook, _load_look, "a look at the owners", lane=queue.LOOK)
OWNERLESS = Kind("ownerless", Ownerless, _load, "the message that nobody owns an environment")
