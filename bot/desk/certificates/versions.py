"""Versions that come back: rolling back, restoring what was removed, pinning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.desk.base import parsing
from bot.desk.base.access import changing
from bot.desk.base.desk import UNDO_FOR, Desk, Member
from bot.desk.base.errors import (
    ChangedMeanwhile,
    EnvironmentGone,
    KeyPurged,
    LabelInUse,
    NothingRemoved,
    NoVersion,
    PinInUse,
    TooLate,
    UnknownLabel,
)
from bot.desk.base.lookup import meant
from bot.desk.certificates import kinds
from bot.desk.certificates.kinds import ChangeCard
from bot.desk.certificates.lookup import CLIENT, environment_with, having, place_of, target_of
from bot.desk.outbox.kind import Kind
from bot.desk.restarts.reminders import announce_change
from store import (
    Authority,
    Change,
    Environment,
    LabelTaken,
    NotFound,
    Outdated,
    PinTaken,
    Purged,
    ReadTransaction,
    Transaction,
    Version,
    environments,
)
from store.certificates import authorities, clients, versions
from store.restarts import pending

NO_PINS = "none"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that could be made current, beside the one that is."""

    environment: Environment
    current: Version
    wanted: Version


@dataclass(frozen=True, slots=True)
class Done:
    """What is current now."""

    environment: Environment
    version: Version | Authority


async def propose_rollback(
    desk: Desk, member: Member, channel: str, label: str, *, number: int | None, path: str | None = None
) -> Proposal:
    """Return what rolling back would make current: ``number``, or the version before; nothing is changed yet.

    Raises NotAllowed, UnknownLabel, NoVersion, KeyPurged, and as :func:`the_one`.
    """
    member.must_manage()
    async with desk.store.reading() as tx:
        environment, current = await _labelled(tx, channel, label, path)
        history = await clients.history(tx, current.certificate_id)
    wanted = number if number is not None else _before(current, history)
    found = next((one for one in history if one.number == wanted and not one.current), None)
    if found is None:
        raise NoVersion(label, tuple(one.number for one in history if not one.current))
    if found.purged_at is not None:
        raise KeyPurged(label)
    return Proposal(environment, current, found)


def _before(current: Version, history: list[Version]) -> int | None:
    """Return the version that the current one replaced, or else the one below it."""
    older = [one.number for one in history if one.number < current.number]
    return current.replaced or max(older, default=None)


async def roll_back(desk: Desk, member: Member, channel: str, *, certificate_id: str, number: int, seen: int) -> Done:
    """Make that version current. Raises ChangedMeanwhile, NoVersion, KeyPurged, and as :func:`changing`."""
    now = desk.clock()
    with _explained():
        async with changing(desk, member, place_of(CLIENT, certificate_id, channel)) as (tx, _):
            version = await versions.roll_back(
                tx, certificate_id=certificate_id, number=number, seen=seen, by=member.id, at=now
            )
            done = await _noted(tx, desk, member, channel, (kinds.ROLLED_BACK, version))
    desk.nudge.set()
    return done


async def restore(desk: Desk, member: Member, channel: str, label: str, path: str | None = None) -> Done:
    """Bring back the certificate, or else the authority, that was removed last under a label or a name.

    Raises NothingRemoved, LabelInUse, PinInUse, and as :func:`changing`.
    """
    with _explained():
        async with changing(desk, member, meant(channel, path)) as (tx, environment):
            done = await _restored(tx, desk, member, environment, label)
    desk.nudge.set()
    return done


async def undo_removal(desk: Desk, member: Member, channel: str, kind: str, id_: str) -> Done:
    """Bring back what was just removed, by its id.

    Raises TooLate, LabelInUse, PinInUse, and as :func:`changing`.
    """
    now = desk.clock()
    with _explained():
        async with changing(desk, member, place_of(kind, id_, channel)) as (tx, place):
            gone = await target_of(tx, kind, id_)
            if gone.removed_at is None:  # somebody was faster
                return Done(place, gone)
            if now > gone.removed_at + UNDO_FOR:
                raise TooLate
            done = await _brought_back(tx, desk, member, place, gone)
    desk.nudge.set()
    return done


async def _brought_back(
    tx: Transaction, desk: Desk, member: Member, place: Environment, gone: Version | Authority
) -> Done:
    now = desk.clock()
    if isinstance(gone, Version):
        back = await versions.restore(tx, certificate_id=gone.certificate_id, by=member.id, at=now)
        return await _noted(tx, desk, member, place.channel, (kinds.RESTORED, back))
    authority = await authorities.restore(tx, authority_id=gone.id, by=member.id, at=now)
    await _authority_noted(tx, desk, member, place, authority)
    return Done(place, authority)


async def _restored(tx: Transaction, desk: Desk, member: Member, place: Environment, label: str) -> Done:
    gone = await versions.removed(tx, place.id)
    trusted = await authorities.removed(tx, place.id)
    named: list[Version | Authority] = [one for one in gone if one.label == label]
    named += [one for one in trusted if one.name.casefold() == label.casefold()]
    if named:
        return await _brought_back(tx, desk, member, place, named[0])
    names = [*(one.label for one in gone), *(one.name for one in trusted)]
    raise NothingRemoved(label, parsing.nearest(label, names))


async def _authority_noted(
    tx: Transaction, desk: Desk, member: Member, place: Environment, authority: Authority
) -> None:
    now = desk.clock()
    change = Change("authority_restored", authority.name, member.id, now)
    restart = await pending.note(tx, environment_id=place.id, change=change)
    kind, key = kinds.AUTHORITY_RESTORED, "authority-restored"
    await kinds.announce(tx, kind, authority, restart, by=member.id, at=now, key=key)
    await announce_change(tx, restart, place, at=now)


async def pin(desk: Desk, member: Member, channel: str, label: str, *, pins: str, path: str | None = None) -> Done:
    """Let a certificate have these pins and no others, or none.

    Raises UnknownLabel, BadPin, PinInUse, and as :func:`changing`.
    """
    wanted = () if pins.strip().lower() == NO_PINS else parsing.pins(pins)
    with _explained():
        async with changing(desk, member, having(channel, label, path)) as (tx, environment):
            _, current = await _labelled(tx, channel, label, environment.path)
            if set(current.pins) == set(wanted):
                return Done(environment, current)
            pinned = await versions.set_pins(
                tx, certificate_id=current.certificate_id, pins=wanted, by=member.id, at=desk.clock()
            )
            done = await _noted(tx, desk, member, channel, (kinds.PINNED, pinned))
    desk.nudge.set()
    return done


async def _labelled(tx: ReadTransaction, channel: str, label: str, path: str | None) -> tuple[Environment, Version]:
    environment = await environment_with(tx, channel, label, path)
    current = await clients.find(tx, environment.id, label)
    if current is None:
        names = [one.label for one in await clients.current(tx, environment.id)]
        raise UnknownLabel(label, parsing.nearest(label, names))
    return environment, current


async def _noted(
    tx: Transaction, desk: Desk, member: Member, channel: str, change: tuple[Kind[ChangeCard], Version]
) -> Done:
    """Note that the app must be restarted for the change, and tell the channel; raises EnvironmentGone."""
    kind, version = change
    now = desk.clock()
    environment = await environments.require(tx, version.environment_id)
    if environment.channel != channel:
        raise EnvironmentGone
    noted = Change(kind.name, version.label, member.id, now, version_id=version.id)
    restart = await pending.note(tx, environment_id=environment.id, change=noted)
    await kinds.announce(tx, kind, version, restart, by=member.id, at=now)
    await announce_change(tx, restart, environment, at=now)
    return Done(environment, version)


@contextmanager
def _explained() -> Iterator[None]:
    """Raise what the store refuses as an error of the desk."""
    try:
        yield
    except Outdated as error:
        raise ChangedMeanwhile(error.label, error.current) from None
    except Purged:
        raise KeyPurged("") from None
    except LabelTaken as error:
        raise LabelInUse(error.label) from None
    except PinTaken as error:
        raise PinInUse(error.pin, error.label) from None
    except NotFound:
        raise EnvironmentGone from None
