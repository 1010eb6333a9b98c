"""Short views of what is current in an environment: the first lines of a list, and how many there are altogether.

Only the columns of a line are read: neither a certificate nor a chain nor a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from store.database import ReadTransaction
from store.models import AuthorityRow, CertificateRow, PinRow, VersionRow

_AT_A_TIME = 500


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
    """Return what each of the environments holds; without pins."""
    clients: dict[str, int] = {}
    authorities: dict[str, int] = {}
    for some in _parts(environment_ids):
        clients |= await _counts(tx, CertificateRow, some)
        authorities |= await _counts(tx, AuthorityRow, some)
    return {
        id_: Holdings(clients.get(id_, 0), authorities.get(id_, 0), await _first(tx, id_) if id_ in clients else None)
        for id_ in environment_ids
    }


async def listing(
    tx: ReadTransaction, environment_id: str, *, clients: int, authorities: int, now: datetime
) -> Listing:
    """Return the first ``clients`` and ``authorities`` of an environment's list."""
    page = await _page(tx, environment_id, clients)
    trusted = [AuthoritySummary(*row) for row in await tx.session.execute(_trusted(environment_id, authorities))]
    of_clients = (await _counts(tx, CertificateRow, [environment_id])).get(environment_id, 0)
    here = (AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None))
    counts = select(func.count(), func.count().filter(AuthorityRow.not_after <= now)).where(*here)
    of_authorities, expired = (await tx.session.execute(counts)).one()
    return Listing(tuple(page), of_clients, tuple(trusted), of_authorities, expired)


def page_query(environment_id: str, limit: int) -> Select[Any]:
    """Select the first ``limit`` client certificates by label; only their versions are looked up."""
    first = (
        select(CertificateRow.id, CertificateRow.label, CertificateRow.current_number)
        .where(CertificateRow.environment_id == environment_id, CertificateRow.removed_at.is_(None))
        .order_by(func.lower(CertificateRow.label), CertificateRow.label)
        .limit(limit)
        .subquery()
    )
    its_version = (VersionRow.certificate_id == first.c.id) & (VersionRow.number == first.c.current_number)
    return select(first.c.id, first.c.label, VersionRow.number, VersionRow.effective_end).join(VersionRow, its_version)


def first_query(environment_id: str) -> Select[str, int, datetime]:
    """Select the current client certificate that expires first: the beginning of an index on ends."""
    current = (CertificateRow.id == VersionRow.certificate_id) & (CertificateRow.current_number == VersionRow.number)
    return (
        select(CertificateRow.label, VersionRow.number, VersionRow.effective_end)
        .join(CertificateRow, current)
        .where(VersionRow.environment_id == environment_id, CertificateRow.removed_at.is_(None))
        .order_by(VersionRow.effective_end, VersionRow.id)
        .limit(1)
    )


async def _page(tx: ReadTransaction, environment_id: str, limit: int) -> list[CertificateSummary]:
    rows = list(await tx.session.execute(page_query(environment_id, limit)))
    pins: dict[str, list[str]] = {row.id: [] for row in rows}
    query = select(PinRow.certificate_id, PinRow.value).where(PinRow.certificate_id.in_(list(pins)))
    for id_, value in await tx.session.execute(query):
        pins[id_].append(value)
    page = [CertificateSummary(label, number, end, tuple(sorted(pins[id_]))) for id_, label, number, end in rows]
    # Databases fold the case of ASCII letters alike, and of no others.
    return sorted(page, key=lambda one: (one.label.casefold(), one.label))


def _trusted(environment_id: str, limit: int) -> Select[str, str, datetime]:
    return (
        select(AuthorityRow.name, AuthorityRow.sha256, AuthorityRow.not_after)
        .where(AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None))
        .order_by(func.lower(AuthorityRow.name), AuthorityRow.sha256)
        .limit(limit)
    )


async def _counts(
    tx: ReadTransaction, table: type[CertificateRow | AuthorityRow], environment_ids: Sequence[str]
) -> dict[str, int]:
    query = (
        select(table.environment_id, func.count())
        .where(table.environment_id.in_(environment_ids), table.removed_at.is_(None))
        .group_by(table.environment_id)
    )
    return {id_: count for id_, count in await tx.session.execute(query)}


async def _first(tx: ReadTransaction, environment_id: str) -> CertificateSummary | None:
    row = (await tx.session.execute(first_query(environment_id))).one_or_none()
    return CertificateSummary(*row) if row else None


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the ids in parts: a database takes so many parameters and no more."""
    return (ids[at : at + _AT_A_TIME] for at in range(0, len(ids), _AT_A_TIME))
