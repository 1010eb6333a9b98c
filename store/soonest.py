"""What ends soonest in some environments: no more of it is read than is shown, and the rest is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from store.certificates.authorities import Authority, authorities_of
from store.certificates.clients import Version, current_query, versions_of
from store.database import ReadTransaction
from store.models import AuthorityRow, CertificateRow, VersionRow

_AT_A_TIME = 500


async def soonest(
    tx: ReadTransaction, environment_ids: Sequence[str], *, after: datetime, until: datetime, limit: int
) -> tuple[list[Version | Authority], int]:
    """The first ``limit`` of what is current and ends in the window (its end included), and how many all of it is."""
    found: list[tuple[datetime, str, Version | Authority]] = []
    total = 0
    for some in _parts(environment_ids):
        versions = versions_query(some, after=after, until=until)
        authorities = authorities_query(some, after=after, until=until)
        total += await _count(tx, versions) + await _count(tx, authorities)
        first = versions.order_by(VersionRow.effective_end, VersionRow.id).limit(limit)
        found += [(one.effective_end, one.id, one) for one in await versions_of(tx, first)]
        trusted = authorities.order_by(AuthorityRow.not_after, AuthorityRow.id).limit(limit)
        found += [(one.not_after, one.id, one) for one in await authorities_of(tx, trusted)]
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2])[:limit]], total


def versions_query(environment_ids: Sequence[str], *, after: datetime, until: datetime) -> Select[VersionRow]:
    """Current versions of these environments that end in the window."""
    inside = _within(VersionRow.effective_end, after, until)
    return current_query().where(CertificateRow.environment_id.in_(environment_ids), inside)


def authorities_query(environment_ids: Sequence[str], *, after: datetime, until: datetime) -> Select[AuthorityRow]:
    """Authorities of these environments that end in the window."""
    here = AuthorityRow.environment_id.in_(environment_ids) & AuthorityRow.removed_at.is_(None)
    return select(AuthorityRow).where(here, _within(AuthorityRow.not_after, after, until))


def _within(column: Any, after: datetime, until: datetime) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = (column > after) & (column <= until)
    return inside


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """A database takes so many parameters and no more."""
    return (ids[at : at + _AT_A_TIME] for at in range(0, len(ids), _AT_A_TIME))


async def _count(tx: ReadTransaction, query: Select[Any]) -> int:
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    return int((await tx.session.execute(counted)).scalar_one())
