"""Versions that come back: rolling back, restoring what was removed, pinning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.desk.base import parsing
from bot.desk.base.access import changing
from bot.desk.base.deeds import Acting, Deed, Do
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
from bot.desk.certificates import kinds, looks
from bot.desk.certificates.kinds import ChangeCard
from bot.desk.certificates.lookup import AUTHORITY, CLIENT, environment_with, having, place_of, target_of
from bot.desk.certificates.pins import read_pins
from bot.desk.outbox.kind import Kind
from bot.desk.requests.asking import perform
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
    Version,
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
    """Make that version current. Raises ChangedMeanwhile, NoVersion, KeyPurged, as :func:`changing` and `perform`."""
    do = {"certificate": certificate_id, "number": number, "seen": seen}
    async with changing(desk, member, place_of(CLIENT, certificate_id, channel)) as (tx, place):
        current = await clients.of_certificate(tx, certificate_id)
        acting = Acting(desk, tx, place, member.id, desk.clock(), do)
        done = await perform(acting, ROLL_BACK, label=current.label if current else "")
    desk.nudge.set()
    return done


async def _roll_back(acting: Acting) -> Done:
    do = acting.do
    with _explained():
        version = await versions.roll_back(
            acting.tx,
            certificate_id=do["certificate"],
            number=do["number"],
            seen=do["seen"],
            by=acting.by,
            at=acting.now,
        )
        return await _noted(acting, kinds.ROLLED_BACK, version)


async def restore(desk: Desk, member: Member, channel: str, label: str, path: str | None = None) -> Done:
    """Bring back the certificate, or else the authority, that was removed last under a label or a name.

    Raises NothingRemoved, LabelInUse, PinInUse, and as :func:`changing` and `perform`.
    """
    async with changing(desk, member, meant(channel, path)) as (tx, place):
        gone = await _removed(tx, place, label)
        acting = Acting(desk, tx, place, member.id, desk.clock(), _named(gone))
        done = await perform(acting, RESTORE, label=label)
    desk.nudge.set()
    return done


async def undo_removal(desk: Desk, member: Member, channel: str, kind: str, id_: str) -> Done:
    """Bring back what was just removed, by its id.

    Raises TooLate, LabelInUse, PinInUse, and as :func:`changing` and `perform`.
    """
    now = desk.clock()
    async with changing(desk, member, place_of(kind, id_, channel)) as (tx, place):
        gone = await target_of(tx, kind, id_)
        if gone.removed_at is None:  # somebody was faster
            return Done(place, gone)
        if now > gone.removed_at + UNDO_FOR:
            raise TooLate
        label = gone.label if isinstance(gone, Version) else gone.name
        done = await perform(Acting(desk, tx, place, member.id, now, _named(gone)), RESTORE, label=label)
    desk.nudge.set()
    return done


def _named(gone: Version | Authority) -> Do:
    """Return what a deed remembers of a certificate or an authority."""
    if isinstance(gone, Version):
        return {"kind": CLIENT, "id": gone.certificate_id}
    return {"kind": AUTHORITY, "id": gone.id}


async def _restore(acting: Acting) -> Done:
    """Bring it back with its pins, if its label and they are free."""
    id_ = acting.do["id"]
    with _explained():
        if acting.do["kind"] == CLIENT:
            back = await versions.restore(acting.tx, certificate_id=id_, by=acting.by, at=acting.now)
            return await _noted(acting, kinds.RESTORED, back)
        authority = await authorities.restore(acting.tx, authority_id=id_, by=acting.by, at=acting.now)
        await _authority_noted(acting, authority)
        return Done(acting.place, authority)


async def _removed(tx: ReadTransaction, place: Environment, label: str) -> Version | Authority:
    gone = await versions.removed(tx, place.id)
    trusted = await authorities.removed(tx, place.id)
    named: list[Version | Authority] = [one for one in gone if one.label == label]
    named += [one for one in trusted if one.name.casefold() == label.casefold()]
    if named:
        return named[0]
    names = [*(one.label for one in gone), *(one.name for one in trusted)]
    raise NothingRemoved(label, parsing.nearest(label, names))


async def _authority_noted(acting: Acting, authority: Authority) -> None:
    change = Change("authority_restored", authority.name, acting.by, acting.now)
    restart = await pending.note(acting.tx, environment_id=acting.place.id, change=change)
    await kinds.announce(acting, kinds.AUTHORITY_RESTORED, authority, restart, key="authority-restored")
    await announce_change(acting.tx, restart, acting.place, at=acting.now)


async def pin(desk: Desk, member: Member, channel: str, label: str, *, pins: str, path: str | None = None) -> Done:
    """Let a certificate have these pins and no others, or none.

    Raises UnknownLabel, BadPin, PinInUse, and as :func:`changing` and `perform`.
    """
    wanted = () if pins.strip().lower() == NO_PINS else read_pins(pins)
    async with changing(desk, member, having(channel, label, path)) as (tx, place):
        _, current = await _labelled(tx, channel, label, place.path)
        if set(current.pins) == set(wanted):
            return Done(place, current)
        do = {"certificate": current.certificate_id, "pins": list(wanted)}
        done = await perform(Acting(desk, tx, place, member.id, desk.clock(), do), PIN, label=label)
    desk.nudge.set()
    return done


async def _pin(acting: Acting) -> Done:
    certificate_id, pins = acting.do["certificate"], acting.do["pins"]
    with _explained():
        pinned = await versions.set_pins(
            acting.tx, certificate_id=certificate_id, pins=pins, by=acting.by, at=acting.now
        )
        return await _noted(acting, kinds.PINNED, pinned)


async def _labelled(tx: ReadTransaction, channel: str, label: str, path: str | None) -> tuple[Environment, Version]:
    environment = await environment_with(tx, channel, label, path)
    current = await clients.find(tx, environment.id, label)
    if current is None:
        names = [one.label for one in await clients.current(tx, environment.id)]
        raise UnknownLabel(label, parsing.nearest(label, names))
    return environment, current


async def _noted(acting: Acting, kind: Kind[ChangeCard], version: Version) -> Done:
    """Note that the app must be restarted for the change, and tell the channel."""
    noted = Change(kind.name, version.label, acting.by, acting.now, version_id=version.id)
    restart = await pending.note(acting.tx, environment_id=acting.place.id, change=noted)
    await kinds.announce(acting, kind, version, restart)
    await announce_change(acting.tx, restart, acting.place, at=acting.now)
    return Done(acting.place, version)


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


ROLL_BACK = Deed("roll_back", looks.of_certificate, _roll_back)
RESTORE = Deed("restore", looks.of_target, _restore)
PIN = Deed("pin", looks.of_certificate, _pin)
