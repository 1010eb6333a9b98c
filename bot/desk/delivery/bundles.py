"""An app fetches its bundle: what its environment holds now, packed, and written down before it leaves."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.certificates.delivery.bundle import Bundle, Document, Form
from bot.certificates.delivery.forms import document
from bot.desk.base import calendar
from bot.desk.base.desk import Desk
from bot.desk.base.errors import BadToken
from bot.desk.delivery.packer import Broken, Contents, Packer
from bot.desk.delivery.refusals import NotDelivered, Refusal
from bot.desk.delivery.revisions import Revisions
from store import Environment, HookToken, NotFound, Unavailable, environments
from store.certificates import authorities, deliverable
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


class Deliveries:
    """What all deliveries of this process share."""

    def __init__(self) -> None:
        self.packer = Packer()
        self.revisions = Revisions()


async def deliver(desk: Desk, shared: Deliveries, token: HookToken, asked: Asked) -> Delivered:
    """Return the environment's bundle. Raises NotDelivered, BadToken where the token ended meanwhile, Unavailable."""
    if asked.form is Form.RUNTIME and asked.directory and _DIRECTORY.fullmatch(asked.directory) is None:
        raise NotDelivered(Refusal.BAD_DIRECTORY)
    contents = await _contents(desk, token)
    if _has(contents.place, asked) and asked.wait > 0:
        place = contents.place
        await shared.revisions.changed(desk.store, place.id, place.revision, asked.wait)
        contents = await _contents(desk, token)
    for _ in range(_TRIES):
        place = contents.place
        if _has(place, asked):
            await _used(desk, token, asked)
            return _delivered(desk, place, asked, None)
        bundle = await _packed(desk, shared, token, contents)
        if await _recorded(desk, token, contents, asked):
            return _delivered(desk, place, asked, document(bundle, asked.form, directory=asked.directory))
        contents = await _contents(desk, token)
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


async def _contents(desk: Desk, token: HookToken) -> Contents:
    async with desk.store.reading() as tx:
        place = await environments.get(tx, token.environment_id)
        if place is None or await tokens.get(tx, token.id) is None:
            raise BadToken
        clients = await deliverable.current(tx, place.id)
        return Contents(place, tuple(clients), tuple(await authorities.current(tx, place.id)))


async def _packed(desk: Desk, shared: Deliveries, token: HookToken, contents: Contents) -> Bundle:
    try:
        return await shared.packer.pack(desk, contents)
    except Broken as broken:
        async with desk.store.transaction() as tx:
            deliverable.record_broken(tx, broken.one, by=actor(token), at=desk.clock())
        raise NotDelivered(Refusal.CANNOT_DECRYPT, label=broken.one.version.label) from None


async def _recorded(desk: Desk, token: HookToken, contents: Contents, asked: Asked) -> bool:
    """Write down who receives which versions; return False where the environment has another revision by now."""
    now, place = desk.clock(), contents.place
    async with desk.store.transaction() as tx:
        try:
            if (await environments.require(tx, place.id)).revision != place.revision:
                return False
            await tokens.used(tx, token.id, at=now, peer=asked.peer)
        except NotFound:
            raise BadToken from None
        detail: dict[str, str | int] = {"form": asked.form.value, "revision": place.revision, "token": token.hint}
        deliverable.record(tx, contents.clients, environment_id=place.id, by=actor(token), at=now, detail=detail)
    return True


async def _used(desk: Desk, token: HookToken, asked: Asked) -> None:
    now = desk.clock()
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
