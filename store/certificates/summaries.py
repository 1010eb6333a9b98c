"""Short views of what is current in an environment: the first lines of a list, and how many there are altogether.

Only the columns of a line are read: neither a certificate nor a chain nor a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from store.database import ReadTransaction
from store.models import AuthorityRow, CertificateRow, EnvironmentRow, PinRow, VersionRow

_AT_A_TIME = 500
_LINE = (CertificateRow.label, VersionRow.number, VersionRow.effective_end)


@dataclass(frozen=True, slots=True)
class CertificateSummary:
    """A line about a current client certificate; ``effective_end`` is the chain's earliest."""

    label: str
    number: int
    effective_end: datetime
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthoritySummary:
    """A line about a CA certificate that an environment trusts."""

    name: str
    sha256: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an environment holds: how many of each, and the client certificate that expires first."""

    clients: int = 0
    authorities: int = 0
    expires_first: CertificateSummary | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The first lines of an environment's list, by label and by name, and how many there are altogether."""

    clients: tuple[CertificateSummary, ...]
    clients_count: int
    authorities: tuple[AuthoritySummary, ...]
    authorities_count: int
    authorities_expired: int


async def holdings(tx: ReadTransaction, environment_ids: Sequence[str]) -> dict[str, Holdings]:
    """Return what each of the environments holds, in one statement; ``expires_first`` comes without pins."""
    found: dict[str, Holdings] = {}
    for at in range(0, len(environment_ids), _AT_A_TIME):
        query = _HOLDINGS.where(EnvironmentRow.id.in_(environment_ids[at : at + _AT_A_TIME]))
        for id_, clients, authorities, label, number, end in await tx.session.execute(query):
            first = CertificateSummary(label, number, end) if clients else None
            found[id_] = Holdings(clients, authorities, first)
    return found


async def listing(
    tx: ReadTransaction, environment_id: str, *, clients: int, authorities: int, now: datetime
) -> Listing:
    """Return the first ``clients`` and ``authorities`` of an environment's list."""
    expired = _count(AuthorityRow, environment_id).where(AuthorityRow.not_after <= now)
    several = (_count(CertificateRow, environment_id), _count(AuthorityRow, environment_id), expired)
    counts = (await tx.session.execute(select(*(one.scalar_subquery() for one in several)))).one()
    page = await _page(tx, environment_id, clients) if counts[0] else []
    trusted = await tx.session.execute(_trusted(environment_id, authorities)) if counts[1] else ()
    lines = tuple(AuthoritySummary(*row) for row in trusted)
    return Listing(tuple(page), counts[0], lines, counts[1], counts[2])


def page_query(environment_id: str, limit: int) -> Select[Any]:
    """Select the first ``limit`` client certificates by label, a row for each pin; no other version is looked up."""
    first = (
        select(CertificateRow.id, CertificateRow.label, CertificateRow.current_number)
        .where(CertificateRow.environment_id == environment_id, CertificateRow.removed_at.is_(None))
        .order_by(func.lower(CertificateRow.label), CertificateRow.label)
        .limit(limit)
        .subquery()
    )
    its_version = (VersionRow.certificate_id == first.c.id) & (VersionRow.number == first.c.current_number)
    return (
        select(first.c.label, VersionRow.number, VersionRow.effective_end, PinRow.value)
        .join(VersionRow, its_version)
        .outerjoin(PinRow, PinRow.certificate_id == first.c.id)
    )


def first_query(environment_id: Any, *columns: Any) -> Select[Any]:
    """Select columns of the current client certificate that expires first: the beginning of an index on ends."""
    current = (CertificateRow.id == VersionRow.certificate_id) & (CertificateRow.current_number == VersionRow.number)
    return (
        select(*columns)
        .select_from(VersionRow)
        .join(CertificateRow, current)
        .where(VersionRow.environment_id == environment_id, CertificateRow.removed_at.is_(None))
        .order_by(VersionRow.effective_end, VersionRow.id)
        .limit(1)
    )


def _holdings_query() -> Select[Any]:
    """Select counts and the columns of a line, each by a subquery: joined, PostgreSQL would read every version."""
    here = EnvironmentRow.id
    counts = [_count(table, here) for table in (CertificateRow, AuthorityRow)]
    first = [first_query(here, column) for column in _LINE]
    several = (one.correlate(EnvironmentRow).scalar_subquery() for one in (*counts, *first))
    return select(here, *several)


async def _page(tx: ReadTransaction, environment_id: str, limit: int) -> list[CertificateSummary]:
    pins: dict[tuple[str, int, datetime], list[str]] = {}
    for label, number, end, pin in await tx.session.execute(page_query(environment_id, limit)):
        pins.setdefault((label, number, end), []).extend([pin] if pin is not None else [])
    page = [CertificateSummary(*line, tuple(sorted(several))) for line, several in pins.items()]
    # Databases fold the case of ASCII letters alike, and of no others.
    return sorted(page, key=lambda one: (one.label.casefold(), one.label))


def _trusted(environment_id: str, limit: int) -> Select[str, str, datetime]:
    return (
        select(AuthorityRow.name, AuthorityRow.sha256, AuthorityRow.not_after)
        .where(AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None))
        .order_by(func.lower(AuthorityRow.name), AuthorityRow.sha256)
        .limit(limit)
    )


def _count(table: type[CertificateRow | AuthorityRow], environment_id: Any) -> Select[int]:
    return (
        select(func.count())
        .select_from(table)
        .where(table.environment_id == environment_id, table.removed_at.is_(None))
    )


_HOLDINGS = _holdings_query()
