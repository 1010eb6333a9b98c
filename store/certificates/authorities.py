"""Certificate authorities (CA) that an environment's app trusts: one row each, so that each can be removed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from store import audit, environments, uploads
from store.certificates.facts import CertificateFacts, columns
from store.database import ReadTransaction, Transaction, holding
from store.errors import NotFound
from store.models import AuthorityRow, copied, new_id

SHORTEST_FINGERPRINT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthority(CertificateFacts):
    """A CA certificate to trust (DER); ``name`` is what people call it, its common name as a rule."""

    der: bytes
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(NewAuthority):
    """A CA certificate that an environment trusts, or did."""

    id: str
    environment_id: str
    upload_id: str
    added_by: str
    added_at: datetime
    removed_at: datetime | None
    removed_by: str | None


@dataclass(frozen=True, slots=True)
class AddedAuthorities:
    """What an upload brought, and what of it the environment had before (SHA-256, lower-case hex)."""

    added: tuple[Authority, ...]
    already: tuple[str, ...]


async def add(
    tx: Transaction, *, upload_id: str, environment_id: str, new: Sequence[NewAuthority], by: str, at: datetime
) -> AddedAuthorities:
    """Trust every new one; an upload that was added before gives what it brought then. Raises :class:`NotFound`."""
    if await _finished(tx, upload_id):
        return AddedAuthorities(await of_upload(tx, upload_id), ())
    await environments.require(tx, environment_id)
    upload = await uploads.lock(tx, upload_id)
    if upload.state in uploads.FINISHED:
        return AddedAuthorities(await of_upload(tx, upload_id), ())
    here = await fingerprints(tx, environment_id)
    fresh = {one.sha256: one for one in new if one.sha256 not in here}
    for position, one in enumerate(fresh.values()):
        tx.session.add(_row(one, environment_id=environment_id, upload_id=upload_id, position=position, by=by, at=at))
    upload.state, upload.environment_id = uploads.STORED, environment_id
    await tx.session.flush()
    tx.record(audit.Tag.AUTHORITIES_ADDED, by, at, environment=environment_id, count=len(fresh), upload=upload_id)
    already = tuple(dict.fromkeys(one.sha256 for one in new if one.sha256 in here))
    return AddedAuthorities(await of_upload(tx, upload_id), already)


async def current(tx: ReadTransaction, environment_id: str) -> list[Authority]:
    """Return every authority the environment trusts, by name."""
    query = select(AuthorityRow).where(AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None))
    # Sorted and compared here: SQLite folds the case of ASCII letters only, PostgreSQL as its locale says.
    rows = sorted(await tx.session.scalars(query), key=lambda row: (row.name.casefold(), row.sha256))
    return [_authority(row) for row in rows]


async def names(tx: ReadTransaction, environment_id: str) -> list[str]:
    """Return the names of the authorities that the environment trusts."""
    present = (AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None))
    return list(await tx.session.scalars(select(AuthorityRow.name).where(*present)))


async def authorities_of(tx: ReadTransaction, query: Select[AuthorityRow]) -> list[Authority]:
    """Return the authorities that a query finds, in its order."""
    return [_authority(row) for row in await tx.session.scalars(query)]


async def find(tx: ReadTransaction, environment_id: str, word: str) -> list[Authority]:
    """Return those of that name (case does not matter), or whose fingerprint begins so (8 hex digits or more)."""
    start = word.lower().replace(":", "")
    if len(start) < SHORTEST_FINGERPRINT:
        start = "no fingerprint"
    return [
        one
        for one in await current(tx, environment_id)
        if one.name.casefold() == word.casefold() or one.sha256.startswith(start)
    ]


async def get(tx: ReadTransaction, authority_id: str) -> Authority | None:
    """Return an authority by its id, removed or not."""
    row = await tx.session.get(AuthorityRow, authority_id)
    return _authority(row) if row else None


async def of_upload(tx: ReadTransaction, upload_id: str) -> tuple[Authority, ...]:
    """Return the authorities that an upload brought, in the file's order."""
    query = select(AuthorityRow).where(AuthorityRow.upload_id == upload_id).order_by(AuthorityRow.position)
    return tuple(_authority(row) for row in await tx.session.scalars(query))


async def remove(tx: Transaction, *, authority_id: str, by: str, at: datetime) -> Authority:
    """Remove the authority; raises :class:`NotFound` if it was removed before."""
    row = await _lock(tx, authority_id)
    if row.removed_at is not None:
        raise NotFound("authority", authority_id)
    row.removed_at, row.removed_by = at, by
    tx.record(audit.Tag.AUTHORITY_REMOVED, by, at, environment=row.environment_id, sha256=row.sha256)
    return _authority(row)


async def removed(tx: ReadTransaction, environment_id: str) -> list[Authority]:
    """Return what the environment trusted once and does not trust now, latest first."""
    here = await fingerprints(tx, environment_id)
    query = (
        select(AuthorityRow)
        .where(AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_not(None))
        .order_by(AuthorityRow.removed_at.desc(), AuthorityRow.id)
    )
    return [_authority(row) for row in await tx.session.scalars(query) if row.sha256 not in here]


async def restore(tx: Transaction, *, authority_id: str, by: str, at: datetime) -> Authority:
    """Trust it again; raises :class:`NotFound` for what is not removed, or is trusted again already."""
    row = await _lock(tx, authority_id)
    if row.removed_at is None or row.sha256 in await fingerprints(tx, row.environment_id):
        raise NotFound("removed authority", authority_id)
    row.removed_at = row.removed_by = None
    tx.record(audit.Tag.AUTHORITY_RESTORED, by, at, environment=row.environment_id, sha256=row.sha256)
    await tx.session.flush()
    return _authority(row)


async def _lock(tx: Transaction, authority_id: str) -> AuthorityRow:
    """Return the row, removed or not, held until the commit behind its environment. Raises :class:`NotFound`."""
    if (found := await get(tx, authority_id)) is None:
        raise NotFound("authority", authority_id)
    await environments.require(tx, found.environment_id)
    query = select(AuthorityRow).where(AuthorityRow.id == authority_id)
    return (await tx.session.execute(holding(query))).scalar_one()


async def fingerprints(tx: ReadTransaction, environment_id: str) -> frozenset[str]:
    """SHA-256 of every authority the environment trusts, lower-case hex."""
    query = select(AuthorityRow.sha256).where(
        AuthorityRow.environment_id == environment_id, AuthorityRow.removed_at.is_(None)
    )
    return frozenset(await tx.session.scalars(query))


async def _finished(tx: ReadTransaction, upload_id: str) -> bool:
    upload = await uploads.get(tx, upload_id)
    return upload is not None and upload.finished


def _row(
    new: NewAuthority, *, environment_id: str, upload_id: str, position: int, by: str, at: datetime
) -> AuthorityRow:
    return AuthorityRow(
        **columns(new, NewAuthority),
        id=new_id(),
        environment_id=environment_id,
        upload_id=upload_id,
        position=position,
        added_by=by,
        added_at=at,
    )


def _authority(row: AuthorityRow) -> Authority:
    return copied(Authority, row, serial=int(row.serial, 16))
