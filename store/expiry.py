"""Expiry: what expires in a window, as a range of an index, and what a watch needs to know of one certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select

from store.certificates.authorities import Authority, authorities_of
from store.certificates.clients import Version, current_query, versions_of
from store.database import ReadTransaction
from store.models import AuthorityRow, CertificateRow, VersionRow

VERSION, AUTHORITY = "version", "authority"
_AT_A_TIME = 500
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Watched:
    """As much of a version or an authority as its watch needs; ``ends`` is the chain's earliest end.

    ``current`` says whether it is what its environment uses now: neither replaced nor removed.
    """

    kind: str
    id: str
    environment_id: str
    ends: datetime
    current: bool


async def watched(tx: ReadTransaction, kind: str, id_: str) -> Watched | None:
    """Return one of them by its kind and id, without its certificates."""
    query, id_column = (_VERSIONS, VersionRow.id) if kind == VERSION else (_AUTHORITIES, AuthorityRow.id)
    row = (await tx.session.execute(query.where(id_column == id_))).one_or_none()
    return _watched(kind, row) if row else None


async def watched_in(tx: ReadTransaction, environment_id: str) -> list[Watched]:
    """Return everything current of an environment, without its certificates."""
    versions = _VERSIONS.where(
        CertificateRow.environment_id == environment_id,
        CertificateRow.removed_at.is_(None),
        VersionRow.number == CertificateRow.current_number,
    )
    trusted = _AUTHORITIES.where(AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None))
    return [
        *[_watched(VERSION, row) for row in await tx.session.execute(versions)],
        *[_watched(AUTHORITY, row) for row in await tx.session.execute(trusted)],
    ]


async def ending(tx: ReadTransaction, *, after: datetime, until: datetime) -> list[Version]:
    """Current versions whose chain's earliest end lies in the window, the end of the window included; soonest first."""
    return _current(await versions_of(tx, ending_query(after=after, until=until)))


async def expiring_in(
    tx: ReadTransaction, environment_ids: Sequence[str], *, after: datetime, until: datetime
) -> list[Version | Authority]:
    """Return what is current in these environments and expires in the window, its end included."""
    window = {"after": after, "until": until}
    versions = await versions_of(tx, versions_ending_query(environment_ids, **window))
    return [*_current(versions), *await authorities_of(tx, authorities_ending_query(environment_ids, **window))]


def ending_query(*, after: datetime, until: datetime) -> Select[VersionRow]:
    """Return the query for every version that expires in the window.

    Whether it is current is asked of its certificate by its key: joined to all certificates, PostgreSQL would rather
    read that table whole.
    """
    query = select(VersionRow).where(VersionRow.effective_end > after, VersionRow.effective_end <= until)
    return query.order_by(VersionRow.effective_end, VersionRow.id)


def versions_ending_query(environment_ids: Sequence[str], *, after: datetime, until: datetime) -> Select[VersionRow]:
    """Return every version of these environments that ends in the window."""
    return ending_query(after=after, until=until).where(VersionRow.environment_id.in_(environment_ids))


def authorities_ending_query(
    environment_ids: Sequence[str], *, after: datetime, until: datetime
) -> Select[AuthorityRow]:
    """Return every authority that these environments trust and that ends in the window."""
    query = select(AuthorityRow).where(
        AuthorityRow.environment_id.in_(environment_ids),
        AuthorityRow.not_after > after,
        AuthorityRow.not_after <= until,
        AuthorityRow.removed_at.is_(None),
    )
    return query.order_by(AuthorityRow.not_after, AuthorityRow.id)


_VERSIONS = select(
    VersionRow.id,
    CertificateRow.environment_id,
    VersionRow.effective_end,
    CertificateRow.removed_at,
    VersionRow.number == CertificateRow.current_number,
).join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
_AUTHORITIES = select(
    AuthorityRow.id,
    AuthorityRow.environment_id,
    AuthorityRow.not_after,
    AuthorityRow.removed_at,
    literal(True),
)


def _watched(kind: str, row: Row[str, str, datetime, datetime | None, bool]) -> Watched:
    id_, environment_id, ends, removed_at, newest = row
    return Watched(kind, id_, environment_id, ends, removed_at is None and bool(newest))


def _current(several: Sequence[Version]) -> list[Version]:
    return [one for one in several if one.current and one.removed_at is None]


async def soonest(
    tx: ReadTransaction, environment_ids: Sequence[str], *, after: datetime, until: datetime, limit: int
) -> tuple[list[Version | Authority], int]:
    """Return the first ``limit`` of what is current and expires in the window (its end included), and the total."""
    found, total = await _first(tx, environment_ids, after, until, limit)
    return [one for _, _, one in found], total


async def expired(
    tx: ReadTransaction, environment_ids: Sequence[str], *, until: datetime, limit: int
) -> tuple[list[Version | Authority], int]:
    """Return the last ``limit`` of what is current and expired by ``until``, the latest first, and the total."""
    found, total = await _first(tx, environment_ids, _EVER, until, limit, latest=True)
    return [one for _, _, one in found], total


async def _first(
    tx: ReadTransaction,
    environment_ids: Sequence[str],
    after: datetime,
    until: datetime,
    limit: int,
    *,
    latest: bool = False,
) -> tuple[list[tuple[datetime, str, Version | Authority]], int]:
    found: list[tuple[datetime, str, Version | Authority]] = []
    total = 0
    for some in _parts(environment_ids):
        versions = current_versions_query(some, after=after, until=until)
        authorities = current_authorities_query(some, after=after, until=until)
        total += await _count(tx, versions) + await _count(tx, authorities)
        first = versions.order_by(*_in_order(latest, VersionRow.effective_end, VersionRow.id)).limit(limit)
        found += [(one.effective_end, one.id, one) for one in await versions_of(tx, first)]
        trusted = authorities.order_by(*_in_order(latest, AuthorityRow.not_after, AuthorityRow.id)).limit(limit)
        found += [(one.not_after, one.id, one) for one in await authorities_of(tx, trusted)]
    return sorted(found, key=lambda entry: entry[:2], reverse=latest)[:limit], total


def _in_order(latest: bool, *columns: Any) -> list[Any]:
    return [column.desc() if latest else column for column in columns]


def current_versions_query(environment_ids: Sequence[str], *, after: datetime, until: datetime) -> Select[VersionRow]:
    """Current versions of these environments that end in the window."""
    inside = _within(VersionRow.effective_end, after, until)
    return current_query().where(CertificateRow.environment_id.in_(environment_ids), inside)


def current_authorities_query(
    environment_ids: Sequence[str], *, after: datetime, until: datetime
) -> Select[AuthorityRow]:
    """Authorities of these environments that end in the window."""
    here = AuthorityRow.environment_id.in_(environment_ids) & AuthorityRow.removed_at.is_(None)
    return select(AuthorityRow).where(here, _within(AuthorityRow.not_after, after, until))


def _within(column: Any, after: datetime, until: datetime) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = (column > after) & (column <= until)
    return inside


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut the ids into parts: a database takes so many parameters and no more."""
    return (ids[at : at + _AT_A_TIME] for at in range(0, len(ids), _AT_A_TIME))


async def _count(tx: ReadTransaction, query: Select[Any]) -> int:
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    return int((await tx.session.execute(counted)).scalar_one())
