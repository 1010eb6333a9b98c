"""Tokens of programs: shown once, stored as their SHA-256. Pipelines confirm restarts with one, apps fetch with one.

A token is 32 random bytes, so that its digest needs no salt and no slowness: nobody finds it by trying. It is looked up
by its digest, which says nothing about the token through the time that it takes.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import SecretStr
from sqlalchemy import select

from store.audit import Tag
from store.database import ReadTransaction, Store, Transaction, holding
from store.errors import NotFound
from store.models import HookTokenRow, copied, new_id

HINT = 4
_BYTES = 32
_FORM = re.compile(r"cd[hd]_[A-Za-z0-9_-]{43}", re.ASCII)


class Scope(StrEnum):
    """What a token is for: confirming restarts, or fetching the bundle and saying what was loaded."""

    CONFIRM = "confirm"
    DELIVER = "deliver"


PREFIXES = {Scope.CONFIRM: "cdh_", Scope.DELIVER: "cdd_"}


@dataclass(frozen=True, slots=True)
class HookToken:
    """A token of an environment, without itself; ``hint`` is its last characters, by which people tell it apart.

    It may be limited to ``networks`` (CIDR). ``days_used`` counts the days in a row on which it was used. A workload
    identity has an ``issuer`` and a ``subject``, and no token of its own.
    """

    id: str
    environment_id: str
    hint: str
    created_by: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    scope: Scope = Scope.CONFIRM
    expires_at: datetime | None = None
    networks: tuple[str, ...] = ()
    used_from: str | None = None
    days_used: int = 0
    issuer: str | None = None
    subject: str | None = None

    def is_over(self, now: datetime) -> bool:
        """Return whether the token has expired."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that opens nothing yet: its SHA-256 (lower-case hex) and its last characters."""

    digest: str
    hint: str
    scope: Scope = Scope.CONFIRM
    expires_at: datetime | None = None
    networks: tuple[str, ...] = ()
    issuer: str | None = None
    subject: str | None = None


def of_workload(environment_id: str, issuer: str, subject: str) -> NewToken:
    """Return what lets a workload in as a token would: its digest is that of the environment, issuer and subject."""
    digest = _digest(SecretStr("\0".join(["workload", environment_id, issuer, subject])))
    return NewToken(digest, digest[-HINT:], Scope.DELIVER, issuer=issuer, subject=subject)


async def new(
    tx: ReadTransaction,
    environment_id: str,
    *,
    scope: Scope = Scope.CONFIRM,
    expires_at: datetime | None = None,
    networks: tuple[str, ...] = (),
) -> tuple[NewToken, SecretStr]:
    """Return a new token, which is never shown again, told apart from the environment's others by its end."""
    taken = {one.hint for one in await live(tx, environment_id)}
    secret = _new(scope)
    while (hint := secret.get_secret_value()[-HINT:]) in taken:
        secret = _new(scope)
    return NewToken(_digest(secret), hint, scope, expires_at, networks), secret


async def add(tx: Transaction, made: NewToken, *, environment_id: str, by: str, at: datetime) -> HookToken:
    """Let a token be one from now on; the caller holds the environment."""
    row = HookTokenRow(
        id=new_id(),
        environment_id=environment_id,
        digest=made.digest,
        hint=made.hint,
        created_by=by,
        created_at=at,
        # None for what every token was for before there were others.
        scope=None if made.scope is Scope.CONFIRM else made.scope.value,
        expires_at=made.expires_at,
        networks=list(made.networks) or None,
        days_used=0,
        issuer=made.issuer,
        subject=made.subject,
    )
    tx.session.add(row)
    await tx.session.flush()
    await _record(tx, Tag.HOOK_MADE, row, by, at)
    return _token(row)


async def live(tx: ReadTransaction, environment_id: str) -> list[HookToken]:
    """Return the environment's tokens that were not revoked, oldest first; some of them may have expired."""
    query = (
        select(HookTokenRow)
        .where(HookTokenRow.environment_id == environment_id, HookTokenRow.revoked_at.is_(None))
        .order_by(HookTokenRow.created_at, HookTokenRow.id)
    )
    return [_token(row) for row in await tx.session.scalars(query)]


async def get(tx: ReadTransaction, token_id: str) -> HookToken | None:
    """Return a token by its id, unless it was revoked."""
    query = select(HookTokenRow).where(HookTokenRow.id == token_id, HookTokenRow.revoked_at.is_(None))
    row = (await tx.session.execute(query)).scalar_one_or_none()
    return _token(row) if row is not None else None


async def revoke(tx: Transaction, token_id: str, *, by: str, at: datetime) -> HookToken:
    """Revoke the token; raises :class:`NotFound` if it was revoked before."""
    row = await _held(tx, token_id)
    row.revoked_at, row.revoked_by = at, by
    await _record(tx, Tag.HOOK_REVOKED, row, by, at)
    return _token(row)


async def revoke_all(tx: Transaction, environment_id: str, *, by: str, at: datetime) -> int:
    """Revoke every token of the environment; return how many there were."""
    several = await live(tx, environment_id)
    for one in several:
        await revoke(tx, one.id, by=by, at=at)
    return len(several)


async def known(store: Store, secret: SecretStr) -> HookToken | None:
    """Return the live token that this is. Raises :class:`Unavailable`.

    Read beside the writers, so that whoever tries tokens keeps nobody waiting.
    """
    if _FORM.fullmatch(secret.get_secret_value()) is None:
        return None
    query = select(HookTokenRow).where(HookTokenRow.digest == _digest(secret), HookTokenRow.revoked_at.is_(None))
    async with store.reading() as tx:
        row = (await tx.session.execute(query)).scalar_one_or_none()
    return _token(row) if row is not None else None


async def known_workload(store: Store, environment_id: str, issuer: str, subject: str) -> HookToken | None:
    """Return the identity of a workload, if it is one of the environment's. Raises :class:`Unavailable`."""
    digest = of_workload(environment_id, issuer, subject).digest
    query = select(HookTokenRow).where(HookTokenRow.digest == digest, HookTokenRow.revoked_at.is_(None))
    async with store.reading() as tx:
        row = (await tx.session.execute(query)).scalar_one_or_none()
    return _token(row) if row is not None else None


async def used(tx: Transaction, token_id: str, *, at: datetime, peer: str | None = None) -> HookToken:
    """Record that it was used, and from which address; raises :class:`NotFound` where it was revoked or expired."""
    row = await _held(tx, token_id)
    if _token(row).is_over(at):
        raise NotFound("token", token_id)
    days = (at.date() - row.used_at.date()).days if row.used_at is not None else None
    if days != 0:
        row.days_used = row.days_used + 1 if days == 1 else 1
    row.used_at, row.used_from = at, peer
    return _token(row)


async def _held(tx: Transaction, token_id: str) -> HookTokenRow:
    query = select(HookTokenRow).where(HookTokenRow.id == token_id, HookTokenRow.revoked_at.is_(None))
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("token", token_id)
    return row


def _new(scope: Scope) -> SecretStr:
    return SecretStr(PREFIXES[scope] + secrets.token_urlsafe(_BYTES))


def _digest(secret: SecretStr) -> str:
    return hashlib.sha256(secret.get_secret_value().encode()).hexdigest()


async def _record(tx: Transaction, tag: Tag, row: HookTokenRow, by: str, at: datetime) -> None:
    detail: dict[str, str | int] = {"scope": row.scope} if row.scope else {}
    tx.record(tag, by, at, detail, environment=row.environment_id, hint=row.hint, token=row.id)


def _token(row: HookTokenRow) -> HookToken:
    scope = Scope(row.scope or Scope.CONFIRM)
    return copied(HookToken, row, scope=scope, networks=tuple(row.networks or ()))
