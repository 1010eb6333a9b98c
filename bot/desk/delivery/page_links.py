"""Links to private pages: who opens one is checked, and whoever it was made for is told of what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr

from bot.desk.base.desk import Desk
from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Transaction, audit
from store.delivery import links
from store.delivery.links import Link, Purpose

LIVES = timedelta(minutes=10)
MOST_WRONG = 3
_REMEMBERED = timedelta(days=7)


class Flaw(StrEnum):
    """Reason for which a link opens nothing. Part of keys in the outbox, and never renamed."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    CODE = "code"
    ENDED = "ended"


class BadLink(Exception):
    """The link, or what was sent with it, opens nothing."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class LinkRefused:
    """Tell who a link was made for that it was tried, from the address ``peer``, and opened nothing.

    ``wrong`` counts the codes that did not fit.
    """

    link: Link
    flaw: Flaw
    peer: str
    wrong: int


async def forget_old(tx: Transaction, now: datetime) -> None:
    """Forget links that nobody can ask about any more."""
    await links.forget(tx, before=now - _REMEMBERED)


async def look_at(desk: Desk, purpose: Purpose, token: SecretStr, *, peer: str) -> Link:
    """Return the link if it can be opened still. Raises BadLink."""
    return await _checked(desk, purpose, token, None, peer)


async def check(desk: Desk, purpose: Purpose, token: SecretStr, code: str, *, peer: str) -> Link:
    """Return the link that the code belongs to, which can be opened still. Raises BadLink."""
    return await _checked(desk, purpose, token, code, peer)


async def with_ticket(desk: Desk, purpose: Purpose, token: SecretStr, ticket: str) -> Link:
    """Return the link whose page sends this ticket. Raises BadLink."""
    async with desk.store.reading() as tx:
        link = await links.known(tx, token)
    if link is None or link.purpose is not purpose or not link.is_its_ticket(ticket):
        raise BadLink(Flaw.UNKNOWN)
    if link.ended_at is not None:
        raise BadLink(Flaw.USED)
    if desk.clock() >= link.expires_at:
        raise BadLink(Flaw.EXPIRED)
    return link


async def _checked(desk: Desk, purpose: Purpose, token: SecretStr, code: str | None, peer: str) -> Link:
    now = desk.clock()
    # Read beside the writers: whoever guesses keeps nobody waiting.
    async with desk.store.reading() as tx:
        link = await links.known(tx, token)
    if link is None or link.purpose is not purpose:
        raise BadLink(Flaw.UNKNOWN)
    if code is None and flaw_of(link, now) is None:
        return link
    async with desk.store.transaction() as tx:
        link = await links.held(tx, link.id)
        flaw = flaw_of(link, now)
        if flaw is None and code is not None and not link.is_its_code(token, code):
            link = await links.count_wrong(tx, link.id, most=MOST_WRONG, at=now)
            flaw = Flaw.CODE if link.ended_at is None else Flaw.ENDED
        if flaw is None:
            return link
        await _tell(tx, desk, link, flaw, now, peer=peer)
    desk.nudge.set()
    raise BadLink(flaw)


def flaw_of(link: Link, now: datetime) -> Flaw | None:
    """Return why the link cannot be opened any more."""
    if link.opened_at is not None:
        return Flaw.USED
    if link.ended_at is not None:
        return Flaw.ENDED
    return Flaw.EXPIRED if now >= link.expires_at else None


async def _tell(tx: Transaction, desk: Desk, link: Link, flaw: Flaw, now: datetime, *, peer: str) -> None:
    """Write it down, and schedule the message once a reason: an old link could be opened a thousand times."""
    detail = {"why": BadLink.__name__, "what": link.purpose.value, "flaw": flaw.value, "link": link.id}
    key = f"link-refused:{link.id}:{flaw.value}:{link.wrong}"
    if desk.refusals.left(link.id, now) >= 0:
        tx.record(audit.Tag.ATTEMPT_REFUSED, "page", now, detail, environment=link.environment_id)
    payload = {"flaw": flaw.value, "peer": peer, "wrong": link.wrong}
    await LINK_REFUSED.schedule(tx, link.id, key=key, at=now, environment_id=link.environment_id, payload=payload)


async def _load(due: Loading) -> Loaded[LinkRefused]:
    link = await links.get(due.tx, due.item.subject)
    if link is None:
        return None
    return LinkRefused(link, Flaw(due.payload["flaw"]), due.payload["peer"], due.payload["wrong"])


LINK_REFUSED = Kind("link-refused", LinkRefused, _load, "the note that a private link was refused")
