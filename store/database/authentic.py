"""Rows that decide something are authenticated: a change that Certdesk did not make is found when the row is read.

They are who may (environments and their owners, tokens, links to pages), what an environment trusts (CA certificates),
and which certificate belongs to which private key (versions). Each has an HMAC-SHA-256 of what matters in it, under
the database's own key, which the ring alone opens. What a row holds encrypted is bound to it already (a connection, a
request, a private key). An older state of a row that somebody puts back has a code that fits: the audit log tells.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryContext, Session

from store.errors import Tampered
from store.models import AuthorityRow, EnvironmentRow, HookTokenRow, LinkRow, VersionRow

AuthenticRow = EnvironmentRow | HookTokenRow | LinkRow | AuthorityRow | VersionRow

KEY = "certdesk_own_key"
# For what reads rows to say which of them were changed.
UNCHECKED = {"certdesk_unchecked": True}
_FOR_ROWS = b"certdesk row\0"
_AT_A_TIME = 500
_AS_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
# What matters, by table; of a moment whether there is one.
_COLUMNS: dict[type[AuthenticRow], tuple[str, ...]] = {
    EnvironmentRow: ("app", "name", "channel", "created_by", "owners", "owners_only", "protected", "removed_at"),
    HookTokenRow: ("environment_id", "digest", "revoked_at"),
    LinkRow: (
        *("purpose", "environment_id", "subject", "member", "channel", "expires_at", "digest", "code_digest"),
        *("ticket_digest", "wrong", "opened_at", "ended_at"),
    ),
    AuthorityRow: ("environment_id", "sha256", "der", "removed_at"),
    VersionRow: ("environment_id", "certificate_id", "number", "sha256", "leaf_der", "chain"),
}
_MOMENTS = frozenset({"removed_at", "revoked_at"})
# What came later: part of a row's code where there is a value, so that older rows keep the code that they have.
_LATER: dict[type[AuthenticRow], tuple[str, ...]] = {
    HookTokenRow: ("scope", "expires_at", "networks", "issuer", "subject")
}


class AuthenticatingSession(Session):
    """A session that gives such rows their code as it writes them, and checks it as it reads them.

    The key stands in its ``info``; without one it does neither.
    """


@dataclass(frozen=True, slots=True)
class RowName:
    """A row by its table and id."""

    table: str
    id: str

    def __str__(self) -> str:
        return f"{self.table} {self.id}"


def code_of(key: bytes, row: AuthenticRow) -> bytes:
    """Return the HMAC-SHA-256 of what matters in the row."""
    kept = {name: _plain(name, getattr(row, name)) for name in _COLUMNS[type(row)]}
    later = {name: _plain(name, getattr(row, name)) for name in _LATER.get(type(row), ())}
    kept.update({name: value for name, value in later.items() if value is not None})
    return hmac.digest(key, _FOR_ROWS + _AS_JSON([row.__tablename__, row.id, kept]).encode(), "sha256")


def _plain(name: str, value: Any) -> Any:
    if name in _MOMENTS:
        return value is not None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def _is_sound(key: bytes, row: AuthenticRow) -> bool:
    return hmac.compare_digest(row.mac or b"", code_of(key, row))


@event.listens_for(AuthenticatingSession, "before_flush")
def _give_codes(session: Session, _context: object, _objects: object) -> None:
    key = session.info.get(KEY)
    if key is None:
        return
    for row in [*session.new, *session.dirty]:
        if isinstance(row, AuthenticRow) and (row in session.new or _is_changed(row)):
            row.mac = code_of(key, row)


def _is_changed(row: AuthenticRow) -> bool:
    """Return whether something that matters was changed: nothing else gives a row that was tampered with a new code."""
    state: Any = inspect(row)
    names = (*_COLUMNS[type(row)], *_LATER.get(type(row), ()))
    return any(state.attrs[name].history.has_changes() for name in names)


def _check(row: AuthenticRow, context: QueryContext, _names: Iterable[str] | None = None) -> None:
    key = context.session.info.get(KEY)
    if key is None or _is_sound(key, row):
        return
    if not context.query.get_execution_options().keys() & UNCHECKED:
        raise Tampered(row.__tablename__, row.id)


for _table in _COLUMNS:
    event.listen(_table, "load", _check)
    event.listen(_table, "refresh", _check)


async def give_all_codes(session: AsyncSession, key: bytes) -> None:
    """Give every row its code, as it is: for a database of a version that had none."""
    async for rows in _all(session):
        for row in rows:
            row.mac = code_of(key, row)
        await session.flush()
        session.expunge_all()


async def changed_rows(session: AsyncSession, key: bytes) -> AsyncIterator[RowName]:
    """Yield the rows that something else than Certdesk changed or added."""
    async for rows in _all(session):
        for row in rows:
            if not _is_sound(key, row):
                yield RowName(row.__tablename__, row.id)
        session.expunge_all()


async def _all(session: AsyncSession) -> AsyncIterator[list[Any]]:
    table: Any  # one of several classes that share no type with an id
    for table in _COLUMNS:
        after = ""
        while True:
            query = select(table).where(table.id > after).order_by(table.id).limit(_AT_A_TIME)
            rows = list(await session.scalars(query.execution_options(**UNCHECKED)))
            if not rows:
                break
            after = rows[-1].id
            yield rows
