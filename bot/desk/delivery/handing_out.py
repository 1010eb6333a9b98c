"""Handing a certificate and its key to a person, for a portal: a link, a page, and a container packed for the runtime.

In a protected environment somebody else approves it first. The key is decrypted when the container is fetched from the
page, and packed under the password that the page shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretBytes, SecretStr

from bot.certificates import generate_password
from bot.desk.base import parsing
from bot.desk.base.access import by_id, changing
from bot.desk.base.deeds import Acting, Deed, Do, Look
from bot.desk.base.desk import Desk, Member, People
from bot.desk.base.errors import ChangedSinceAsked, HandOutGone, KeyBroken, NoPages, UnknownLabel
from bot.desk.certificates.lookup import having
from bot.desk.delivery import page_links
from bot.desk.delivery.page_links import BadLink, Flaw
from bot.desk.delivery.refusals import NotDelivered, Refusal
from bot.desk.outbox import notices
from bot.desk.outbox.kind import Kind, Loaded, Loading
from bot.desk.requests.asking import perform
from store import Environment, NotFound, Purged, ReadTransaction, SealBroken, Transaction, Version, environments, new_id
from store.certificates import clients
from store.delivery import links
from store.delivery.links import Issued, Link, Purpose

# Whoever asked may be away when it is approved.
_PERMITTED = timedelta(days=1)
_PASSWORD = re.compile(r"[A-Za-z0-9]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HandOut:
    """A link for one person, this once with itself: the page hands out ``version``."""

    environment: Environment
    version: Version
    issued: Issued


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: the certificate, and the password that its container will have."""

    environment: Environment
    version: Version
    password: SecretStr
    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HandOutReady:
    """Tell who asked for it that their hand-out was approved; they get the link themselves."""

    link: Link
    environment: Environment
    version: Version


async def hand_out(desk: Desk, member: Member, channel: str, label: str, path: str | None) -> HandOut:
    """Make a link to the page that hands out a certificate. Raises UnknownLabel, NoPages, AwaitsApproval, as changing.

    In a protected environment there is no link before somebody has approved it.
    """
    if not desk.pages_url:
        raise NoPages
    async with changing(desk, member, having(channel, label, path)) as (tx, place):
        version = await clients.find(tx, place.id, label)
        if version is None:
            raise UnknownLabel(label, parsing.nearest(label, await clients.labels(tx, place.id)))
        do = {"link": new_id(), "version": version.id, "member": member.id, "channel": channel}
        acting = Acting(desk, tx, place, member.id, now := desk.clock(), do)
        permitted = await perform(acting, HAND_OUT, label=label)
        issued = await links.issue(tx, permitted.id, at=now, expires_at=now + page_links.LIVES)
    return HandOut(place, version, issued)


async def link_of(desk: Desk, member: Member, link_id: str) -> HandOut:
    """Return the link of a hand-out that was approved, to who asked for it, once. Raises HandOutGone, as changing."""
    async with desk.store.reading() as tx:
        link = await links.get(tx, link_id)
    if link is None or link.environment_id is None or link.member != member.id:
        raise HandOutGone
    async with changing(desk, member, by_id(link.environment_id)) as (tx, place):
        version = await _version(tx, place, link)
        if version is None or (now := desk.clock()) >= link.expires_at:
            raise HandOutGone
        try:
            issued = await links.issue(tx, link.id, at=now, expires_at=now + page_links.LIVES)
        except NotFound:
            raise HandOutGone from None
    return HandOut(place, version, issued)


async def show(desk: Desk, people: People, token: SecretStr, code: str, *, peer: str) -> Shown:
    """Open the link, for good, and return what its page shows. Raises BadLink, HandOutGone, as :func:`changing`."""
    link = await page_links.check(desk, Purpose.HAND_OUT, token, code, peer=peer)
    member, now = await people.member(link.member), desk.clock()
    async with changing(desk, member, by_id(link.environment_id or "")) as (tx, place):
        version = await _version(tx, place, link)
        if version is None:
            raise HandOutGone
        if (flaw := page_links.flaw_of(await links.held(tx, link.id), now)) is not None:
            raise BadLink(flaw)
        ticket = await links.open_(tx, link.id, at=now)
        detail = {"label": version.label, "version": str(version.number), "peer": peer}
        await notices.schedule(tx, place, "handed_out", by=member.id, at=now, detail=detail)
    desk.nudge.set()
    return Shown(place, version, generate_password(), ticket, link.expires_at)


async def container(desk: Desk, people: People, token: SecretStr, ticket: str, password: str) -> tuple[bytes, str]:
    """Return the container (PKCS #12, DER) under the password that the page showed, and the certificate's label.

    Raises BadLink, HandOutGone, NotDelivered, KeyBroken, as :func:`changing`.
    """
    link = await page_links.with_ticket(desk, Purpose.HAND_OUT, token, ticket)
    if _PASSWORD.fullmatch(password) is None:
        raise BadLink(Flaw.UNKNOWN)
    member = await people.member(link.member)
    async with changing(desk, member, by_id(link.environment_id or "")) as (tx, place):
        version = await _version(tx, place, link)
        if version is None:
            raise HandOutGone
        key = await revealed(tx, version, by=member.id, at=desk.clock())
    return await packed(desk, place, version, key, SecretStr(password)), version.label


async def to_operator(desk: Desk, place: Environment, label: str, password: SecretStr, *, by: str) -> bytes:
    """Return the container (PKCS #12, DER) for who runs Certdesk, who can decrypt everything; the channel is told.

    Raises UnknownLabel, KeyBroken, NotDelivered.
    """
    now = desk.clock()
    async with desk.store.transaction() as tx:
        version = await clients.find(tx, place.id, label)
        if version is None:
            raise UnknownLabel(label)
        key = await revealed(tx, version, by=by, at=now)
        detail = {"label": version.label, "version": str(version.number)}
        await notices.schedule(tx, place, "handed_out", by=by, at=now, detail=detail)
    return await packed(desk, place, version, key, password)


async def revealed(tx: Transaction, version: Version, *, by: str, at: datetime) -> SecretBytes:
    """Return the private key (PKCS #8 DER), which is recorded. Raises KeyBroken, HandOutGone."""
    try:
        return await clients.reveal(tx, version_id=version.id, by=by, at=at, why="hand out")
    except (NotFound, Purged):
        raise HandOutGone from None
    except SealBroken:
        raise KeyBroken(version.label) from None


async def packed(desk: Desk, place: Environment, version: Version, key: SecretBytes, password: SecretStr) -> bytes:
    """Return the container for the environment's runtime. Raises NotDelivered if that could not read it."""
    made = await desk.opener.pack(key, (version.leaf_der, *version.chain_der), password, place.runtime)
    if made.failed:
        reasons = "; ".join(made.failed)
        raise NotDelivered(Refusal.CANNOT_PACK, label=version.label, runtime=place.runtime, reasons=reasons)
    return made.content


async def _version(tx: ReadTransaction, place: Environment, link: Link) -> Version | None:
    """Return the version that the link is about, if it is its environment's still and its key is there."""
    version = await clients.version(tx, link.subject)
    there = version is not None and version.environment_id == place.id and version.purged_at is None
    return version if there and version is not None and version.removed_at is None else None


async def _permit(acting: Acting) -> Link:
    """Permit the link; raises ChangedSinceAsked where the certificate is gone."""
    tx, place, do, now = acting.tx, acting.place, acting.do, acting.now
    version = await clients.version(tx, do["version"])
    if version is None or version.environment_id != place.id or version.purged_at is not None:
        raise ChangedSinceAsked
    await page_links.forget_old(tx, now)
    link = await links.permit(
        tx,
        Purpose.HAND_OUT,
        id_=do["link"],
        environment_id=place.id,
        subject=version.id,
        member=do["member"],
        channel=do["channel"],
        at=now,
        expires_at=now + _PERMITTED,
    )
    if acting.request_id:
        key = f"hand-out:{link.id}"
        await HAND_OUT_READY.schedule(tx, link.id, key=key, at=now, environment_id=place.id)
    return link


async def _look(tx: ReadTransaction, _place: Environment, do: Do) -> Look:
    """Return what is handed out, once it is permitted: there is nothing before."""
    if await links.get(tx, do["link"]) is None:
        return {}
    version = await clients.version(tx, do["version"])
    if version is None:
        return {}
    return {"version": (str(version.number),), "sha256": (version.sha256,), "handed_to": (do["member"],)}


async def _load(due: Loading) -> Loaded[HandOutReady]:
    link = await links.get(due.tx, due.item.subject)
    place = await environments.get(due.tx, link.environment_id or "") if link is not None else None
    version = await clients.version(due.tx, link.subject) if link is not None else None
    if link is None or place is None or version is None or link.is_issued or due.now >= link.expires_at:
        return None
    return HandOutReady(link, place, version)


HAND_OUT = Deed("hand_out", _look, _permit)
HAND_OUT_READY = Kind("hand-out-ready", HandOutReady, _load, "the note that a hand-out was approved")
