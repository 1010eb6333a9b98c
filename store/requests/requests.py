"""Requests: changes of a protected environment that wait for a second person, with what they bring encrypted.

The seal covers the whole request: who may write to the database cannot have another change approved than was shown, nor
another environment's. Where a change brings no secret, nothing is sealed, for the sake of that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import SecretBytes
from sqlalchemy import Select, select

from store import audit
from store.database import ReadTransaction, Transaction, holding
from store.errors import NotFound, SealBroken
from store.models import RequestRow, copied, new_id
from store.secrets.sealing import Place, Sealed, seal, unseal

_NO_SECRET = SecretBytes(b"")


class State(StrEnum):
    """What became of a request. Stored: never renamed."""

    WAITING = "waiting"
    APPROVED = "approved"
    BYPASSED = "bypassed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    """The environment moved or was removed."""


_TAGS = {
    State.APPROVED: audit.Tag.REQUEST_APPROVED,
    State.BYPASSED: audit.Tag.REQUEST_BYPASSED,
    State.DECLINED: audit.Tag.REQUEST_DECLINED,
    State.WITHDRAWN: audit.Tag.REQUEST_WITHDRAWN,
    State.EXPIRED: audit.Tag.REQUEST_EXPIRED,
    State.OVERTAKEN: audit.Tag.REQUEST_OVERTAKEN,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A change that somebody asked for, without its secret.

    ``deed`` and ``do`` (JSON) say what would be done, ``shown`` (JSON) what people read of it before they decide.
    ``reason`` is why it was declined or done at once.
    """

    id: str
    environment_id: str
    deed: str
    do: Mapping[str, Any]
    shown: Mapping[str, Any]
    upload_id: str | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    state: State
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    message_channel: str | None
    message_ts: str | None

    @property
    def is_waiting(self) -> bool:
        """Return whether it can still be decided."""
        return self.state is State.WAITING


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What is asked for; ``secret`` is a key or a credential that it brings."""

    environment_id: str
    deed: str
    do: Mapping[str, Any]
    shown: Mapping[str, Any]
    expires_at: datetime
    upload_id: str | None = None
    secret: SecretBytes | None = None


async def ask(tx: Transaction, new: NewRequest, *, by: str, at: datetime) -> Request:
    """Keep a request; the caller holds the environment."""
    row = RequestRow(
        id=new_id(),
        environment_id=new.environment_id,
        deed=new.deed,
        do=dict(new.do),
        shown=dict(new.shown),
        upload_id=new.upload_id,
        asked_by=by,
        asked_at=at,
        expires_at=new.expires_at,
        state=State.WAITING,
    )
    sealed = await seal(tx.ring, new.secret or _NO_SECRET, place_of(row))
    row.key_id, row.wrapped_key, row.sealed_key = sealed.key_id, sealed.wrapped, sealed.sealed
    tx.session.add(row)
    await tx.session.flush()
    _record(tx, audit.Tag.REQUEST_ASKED, row, by, at)
    return _request(row)


async def get(tx: ReadTransaction, request_id: str) -> Request | None:
    """Return the request, whatever became of it."""
    row = (await tx.session.execute(_of(request_id))).scalar_one_or_none()
    return _request(row) if row else None


async def held(tx: Transaction, request_id: str) -> Request:
    """Return the request, held until the commit: two who decide follow each other. Raises :class:`NotFound`."""
    return _request(await _lock(tx, request_id))


async def waiting(tx: ReadTransaction, environment_ids: Collection[str]) -> list[Request]:
    """Return what waits in these environments, oldest first."""
    query = (
        select(RequestRow)
        .where(RequestRow.environment_id.in_(environment_ids), RequestRow.state == State.WAITING)
        .order_by(RequestRow.asked_at, RequestRow.id)
    )
    return [_request(row) for row in await tx.session.scalars(query)]


async def of_upload(tx: ReadTransaction, upload_id: str) -> Request | None:
    """Return the latest request that was made of an upload."""
    query = select(RequestRow).where(RequestRow.upload_id == upload_id)
    rows = await tx.session.scalars(query.order_by(RequestRow.asked_at.desc(), RequestRow.id).limit(1))
    return next((_request(row) for row in rows), None)


async def reveal(tx: Transaction, request_id: str, *, by: str, at: datetime) -> SecretBytes:
    """Return what a waiting request brings; empty if it brings no secret.

    That a secret was taken out, or that the seal did not open, is recorded even when the transaction is rolled back.
    Raises :class:`NotFound`, and :class:`SealBroken` also where the request was changed behind our back.
    """
    row = await _lock(tx, request_id)
    try:
        secret = await unseal(tx.ring, Sealed(row.key_id, row.wrapped_key, row.sealed_key), place_of(row))
    except SealBroken:
        _record(tx, audit.Tag.REVEAL_FAILED, row, by, at, lasting=True)
        raise
    if secret.get_secret_value():
        _record(tx, audit.Tag.REQUEST_REVEALED, row, by, at, lasting=True)
    return secret


async def end(tx: Transaction, request_id: str, state: State, *, by: str, at: datetime, reason: str = "") -> Request:
    """Let a waiting request end, and destroy what it brings; the caller has seen, of the held one, that it waits."""
    row = await _lock(tx, request_id)
    row.state, row.decided_by, row.decided_at, row.reason = state, by, at, reason or None
    row.key_id, row.wrapped_key, row.sealed_key = "", b"", b""
    await tx.session.flush()
    _record(tx, _TAGS[state], row, by, at)
    return _request(row)


async def record_message(tx: Transaction, request_id: str, *, channel: str, ts: str) -> Request:
    """Remember where its message stands; raises :class:`NotFound`."""
    row = await _lock(tx, request_id)
    row.message_channel, row.message_ts = channel, ts
    return _request(row)


def place_of(row: RequestRow) -> Place:
    """Return where a request lies, and for what: changed in any part that decides, its secret does not open."""
    meant = json.dumps([row.deed, row.do, row.shown, row.asked_by, row.upload_id], sort_keys=True)
    return Place("request", row.environment_id, row.id, hashlib.sha256(meant.encode()).hexdigest())


def _of(request_id: str) -> Select[RequestRow]:
    return select(RequestRow).where(RequestRow.id == request_id)


async def _lock(tx: Transaction, request_id: str) -> RequestRow:
    row = (await tx.session.execute(holding(_of(request_id)))).scalar_one_or_none()
    if row is None:
        raise NotFound("request", request_id)
    return row


def _record(tx: Transaction, tag: audit.Tag, row: RequestRow, by: str, at: datetime, *, lasting: bool = False) -> None:
    detail: dict[str, str | int] = {"request": row.id, "deed": row.deed, "asked_by": row.asked_by}
    if row.reason:
        detail["reason"] = row.reason
    tx.record(tag, by, at, detail, environment=row.environment_id, lasting=lasting)


def _request(row: RequestRow) -> Request:
    return copied(Request, row, state=State(row.state))
