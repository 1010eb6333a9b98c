"""Links to private pages: made for one person, alive for minutes, opened once.

A link is 32 random bytes, so that its digest needs no salt and no slowness. Whoever opens it also types a code of six
digits, which is shown to the person beside the link: a link alone, forwarded or overheard, opens nothing. The code's
digest covers the link, so whoever reads the database cannot try out codes. What opens is a page that holds a *ticket*,
without which nothing can be done from it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import SecretStr
from sqlalchemy import delete, select

from store import audit
from store.database import ReadTransaction, Transaction, holding
from store.errors import NotFound
from store.models import LinkRow, copied, new_id

_BYTES, _DIGITS = 32, 6
_FORM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Purpose(StrEnum):
    """What the page of a link does: hand out a certificate with its key, or take an upload."""

    HAND_OUT = "hand-out"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Link:
    """A link without itself. ``subject`` is the id of what it is about, ``channel`` where its person is told about it.

    Until it is ``issued`` it is a permission to have one. ``wrong`` counts codes that did not fit.
    """

    id: str
    purpose: Purpose
    environment_id: str | None
    subject: str
    member: str
    channel: str
    made_at: datetime
    expires_at: datetime
    digest: str | None
    code_digest: str | None
    ticket_digest: str | None
    wrong: int
    opened_at: datetime | None
    ended_at: datetime | None

    @property
    def is_issued(self) -> bool:
        """Return whether somebody has the link."""
        return self.digest is not None

    def is_its_code(self, token: SecretStr, code: str) -> bool:
        """Return whether the code belongs to the link."""
        return hmac.compare_digest(self.code_digest or "", _digest(token, code))

    def is_its_ticket(self, ticket: str) -> bool:
        """Return whether the ticket is the one of the page that this link opened."""
        return hmac.compare_digest(self.ticket_digest or "", _digest(SecretStr(ticket)))


@dataclass(frozen=True, slots=True)
class Issued:
    """A link, this once with itself and its code."""

    link: Link
    token: SecretStr
    code: SecretStr


async def permit(
    tx: Transaction,
    purpose: Purpose,
    *,
    subject: str,
    member: str,
    channel: str,
    at: datetime,
    expires_at: datetime,
    environment_id: str | None = None,
    id_: str = "",
) -> Link:
    """Permit a person to have a link until ``expires_at``; the caller holds the environment, if it has one."""
    row = LinkRow(
        id=id_ or new_id(),
        purpose=purpose.value,
        environment_id=environment_id,
        subject=subject,
        member=member,
        channel=channel,
        made_at=at,
        expires_at=expires_at,
        wrong=0,
    )
    tx.session.add(row)
    await tx.session.flush()
    return _link(row)


async def issue(tx: Transaction, link_id: str, *, at: datetime, expires_at: datetime) -> Issued:
    """Return the link of a permission, which is never shown again. Raises :class:`NotFound` the second time."""
    row = await _held(tx, link_id)
    if row.digest is not None or row.ended_at is not None:
        raise NotFound("link", link_id)
    token = SecretStr(secrets.token_urlsafe(_BYTES))
    code = SecretStr(f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}")
    row.digest, row.code_digest = _digest(token), _digest(token, code.get_secret_value())
    row.expires_at = expires_at
    await tx.session.flush()
    _record(tx, audit.Tag.LINK_MADE, row, row.member, at)
    return Issued(_link(row), token, code)


async def get(tx: ReadTransaction, link_id: str) -> Link | None:
    """Return a link, or the permission to have one, by its id."""
    row = await tx.session.get(LinkRow, link_id)
    return _link(row) if row is not None else None


async def known(tx: ReadTransaction, token: SecretStr) -> Link | None:
    """Return the link that this is, ended or not."""
    if _FORM.fullmatch(token.get_secret_value()) is None:
        return None
    query = select(LinkRow).where(LinkRow.digest == _digest(token))
    row = (await tx.session.execute(query)).scalar_one_or_none()
    return _link(row) if row is not None else None


async def held(tx: Transaction, link_id: str) -> Link:
    """Return the link, held until the transaction ends. Raises :class:`NotFound`."""
    return _link(await _held(tx, link_id))


async def count_wrong(tx: Transaction, link_id: str, *, most: int, at: datetime) -> Link:
    """Count a code that did not fit; with ``most`` of them the link has ended."""
    row = await _held(tx, link_id)
    row.wrong += 1
    if row.wrong >= most:
        row.ended_at = at
    await tx.session.flush()
    return _link(row)


async def open_(tx: Transaction, link_id: str, *, at: datetime) -> str:
    """Let the link be opened now, and never again; return the ticket of its page."""
    row = await _held(tx, link_id)
    if row.opened_at is not None or row.ended_at is not None:
        raise NotFound("link", link_id)
    ticket = secrets.token_urlsafe(_BYTES)
    row.opened_at, row.ticket_digest = at, _digest(SecretStr(ticket))
    await tx.session.flush()
    _record(tx, audit.Tag.LINK_OPENED, row, row.member, at)
    return ticket


async def end(tx: Transaction, link_id: str, *, at: datetime) -> None:
    """Let its page do nothing any more."""
    row = await _held(tx, link_id)
    row.ended_at = at
    await tx.session.flush()


async def forget(tx: Transaction, *, before: datetime) -> None:
    """Forget the links that expired before then; the audit log has what became of them."""
    await tx.session.execute(delete(LinkRow).where(LinkRow.expires_at < before))


async def _held(tx: Transaction, link_id: str) -> LinkRow:
    query = select(LinkRow).where(LinkRow.id == link_id)
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("link", link_id)
    return row


def _record(tx: Transaction, tag: audit.Tag, row: LinkRow, by: str, at: datetime) -> None:
    tx.record(tag, by, at, environment=row.environment_id, link=row.id, purpose=row.purpose, subject=row.subject)


def _digest(token: SecretStr, code: str = "") -> str:
    whole = token.get_secret_value() + (f":{code}" if code else "")
    return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()


def _link(row: LinkRow) -> Link:
    return copied(Link, row, purpose=Purpose(row.purpose))
