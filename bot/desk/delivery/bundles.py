"""An app fetches its bundle: what its environment holds now, packed, and written down before it leaves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.certificates.delivery.bundle import Document, Form
from bot.desk.base import calendar
from bot.desk.base.desk import Desk
from bot.desk.base.errors import BadToken
from bot.desk.delivery.packer import Broken, Changed, Packed, Packer
from bot.desk.delivery.refusals import NotDelivered, Refusal
from bot.desk.delivery.revisions import Revisions
from bot.desk.delivery.together import Together
from store import Environment, HookToken, NotFound, Transaction, Unavailable, audit, environments
from store.delivery import deliverable
from store.restarts import tokens

# Changes that come while a bundle is packed make it out of date.
_TRIES = 5
# An app that asks each minute and has everything leaves a trace each ten minutes.
_USED_EVERY = timedelta(minutes=10)
_DIRECTORY = re.compile(r"/[A-Za-z0-9._/-]{0,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks for: the form, from which address (``peer``), and what it has already.

    ``etags`` are those of what it has, ``revision`` the number; it waits up to ``wait`` seconds for another one.
    ``directory`` is the folder that the settings of ``runtime`` name.
    """

    form: Form
    peer: str | None = None
    etags: frozenset[str] = frozenset()
    revision: int | None = None
    wait: float = 0.0
    directory: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A bundle as a document; None where the app has this one already.

    Until ``frozen_until`` nobody wants the app to be restarted.
    """

    revision: int
    etag: str
    document: Document | None
    frozen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Receipt:
    """What is written down before a bundle leaves: who receives which versions at which revision."""

    token: HookToken
    place: Environment
    versions: str
    asked: Asked
    where: str


class Deliveries:
    """What all deliveries of this process share: after a change, all instances of an app come at the same time."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self.packer = Packer()
        self.revisions = Revisions()
        self.places = Together[str, "Environment | None"](lambda ids: _places(desk(), ids))
        self.receipts = Together[_Receipt, bool](lambda receipts: _recorded(desk(), receipts))


async def deliver(desk: Desk, shared: Deliveries, token: HookToken, asked: Asked) -> Delivered:
    """Return the environment's bundle. Raises NotDelivered, BadToken where the token ended meanwhile, Unavailable."""
    if asked.form is Form.RUNTIME and asked.directory and _DIRECTORY.fullmatch(asked.directory) is None:
        raise NotDelivered(Refusal.BAD_DIRECTORY)
    place = await _place(shared, token)
    if _has(place, asked) and asked.wait > 0:
        await shared.revisions.changed(desk.store, place.id, place.revision, asked.wait)
        place = await _place(shared, token)
    for _ in range(_TRIES):
        if _has(place, asked):
            await _used(desk, token, asked)
            return _delivered(desk, place, asked, None)
        packed = await _packed(desk, shared, token, place)
        if packed is not None:
            versions = " ".join(f"{one.label}@{one.version}" for one in packed.bundle.clients)
            if await shared.receipts.do(_Receipt(token, place, versions, asked, audit.origin())):
                return _delivered(desk, place, asked, await packed.document(asked.form, asked.directory))
        place = await _place(shared, token)
    raise Unavailable("busy")


def etag(place: Environment, asked: Asked) -> str:
    """Return the weak entity tag (RFC 9110, 8.8.1): containers are packed anew, under another password each time."""
    where = hashlib.sha256(asked.directory.encode()).hexdigest()[:8] if asked.directory else "0"
    return f'W/"{place.id[:12]}-{place.revision}-{asked.form.value}-{place.runtime}-{where}"'


def _has(place: Environment, asked: Asked) -> bool:
    """Return whether the app has what it would get. Raises NotDelivered for a revision that never was."""
    if asked.revision is not None and not 0 <= asked.revision <= place.revision:
        raise NotDelivered(Refusal.UNKNOWN_REVISION, revision=asked.revision, current=place.revision)
    return asked.revision == place.revision or etag(place, asked) in asked.etags


async def _place(shared: Deliveries, token: HookToken) -> Environment:
    place = await shared.places.do(token.environment_id)
    if place is None:
        raise BadToken
    return place


async def _places(desk: Desk, ids: Sequence[str]) -> Sequence[Environment | None]:
    async with desk.store.reading() as tx:
        found = {one: await environments.get(tx, one) for one in set(ids)}
    return [found[one] for one in ids]


async def _packed(desk: Desk, shared: Deliveries, token: HookToken, place: Environment) -> Packed | None:
    """Return the packed bundle; None where the environment was changed before it could be read."""
    try:
        return await shared.packer.pack(desk, place)
    except Changed:
        return None
    except Broken as broken:
        async with desk.store.transaction() as tx:
            deliverable.record_broken(tx, broken.one, by=actor(token), at=desk.clock())
        raise NotDelivered(Refusal.CANNOT_DECRYPT, label=broken.one.version.label) from None


async def _recorded(desk: Desk, receipts: Sequence[_Receipt]) -> Sequence[bool | Exception]:
    """Write receipts down; False for one whose environment has another revision by now."""
    now, results = desk.clock(), list[bool | Exception]()
    async with desk.store.transaction() as tx:
        known: dict[tuple[str, int], bool | Exception] = {}
        for one in receipts:
            key = (one.token.id, one.place.revision)
            if key not in known:
                known[key] = await _may_leave(tx, one, now)
            result = known[key]
            if result is True:
                detail = {"form": one.asked.form.value, "revision": one.place.revision, "token": one.token.hint}
                with audit.coming_from(one.where):
                    deliverable.record(tx, one.place.id, one.versions, by=actor(one.token), at=now, detail=detail)
            results.append(result)
    return results


async def _may_leave(tx: Transaction, one: _Receipt, now: datetime) -> bool | Exception:
    """Return whether the environment has this revision still; BadToken where it or the token has ended."""
    try:
        if (await environments.require(tx, one.place.id)).revision != one.place.revision:
            return False
        await tokens.used(tx, one.token.id, at=now, peer=one.asked.peer)
    except NotFound:
        return BadToken()
    return True


async def _used(desk: Desk, token: HookToken, asked: Asked) -> None:
    """Record now and then that the token is used by an app that has everything. Raises BadToken if it has ended."""
    now = desk.clock()
    async with desk.store.reading() as tx:
        if await tokens.get(tx, token.id) is None:
            raise BadToken
    if token.used_at is not None and token.used_at > now - _USED_EVERY and token.used_from == asked.peer:
        return
    async with desk.store.transaction() as tx:
        try:
            await tokens.used(tx, token.id, at=now, peer=asked.peer)
        except NotFound:
            raise BadToken from None


def actor(token: HookToken) -> str:
    """Return the app as the audit log names it: by the end of its token."""
    return f"app:{token.hint}"


def _delivered(desk: Desk, place: Environment, asked: Asked, found: Document | None) -> Delivered:
    return Delivered(place.revision, etag(place, asked), found, calendar.freeze_ends(desk.clock(), place))
