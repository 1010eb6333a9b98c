"""Changes to stored certificates: roll back, restore, set pins, and purge keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from store import environments
from store.audit import Tag
from store.certificates.clients import Version, of_certificate
from store.certificates.pins import refuse_taken_pins, replace_pins
from store.database import ReadTransaction, Transaction, holding
from store.errors import LabelTaken, NotFound, Outdated, Purged
from store.models import CertificateRow, VersionRow


async def roll_back(
    tx: Transaction, *, certificate_id: str, number: int, seen: int | None = None, by: str, at: datetime
) -> Version:
    """Make an older (or newer) version the current one.

    ``seen`` is the number that was current when somebody decided this; raises :class:`Outdated` where it is not any
    more, :class:`NotFound` for what is not there or was removed, and :class:`Purged`.
    """
    certificate = await _present(tx, certificate_id)
    if seen is not None and certificate.current_number != seen:
        raise Outdated(certificate.label, certificate.current_number)
    wanted = await _version(tx, certificate_id, number)
    if wanted.purged_at is not None:
        raise Purged(number)
    was, certificate.current_number = certificate.current_number, number
    await _record(
        tx, Tag.CERTIFICATE_ROLLED_BACK, certificate, wanted, by=by, at=at, detail={"from": was, "to": number}
    )
    return await _current(tx, certificate_id)


async def set_pins(tx: Transaction, *, certificate_id: str, pins: Sequence[str], by: str, at: datetime) -> Version:
    """Let the certificate have these pins and no others; raises :class:`NotFound` and :class:`PinTaken`."""
    certificate = await _present(tx, certificate_id)
    await refuse_taken_pins(tx, certificate.environment_id, certificate.label, pins)
    await replace_pins(tx, certificate, pins)
    current = await _current(tx, certificate_id)
    tx.record(
        Tag.CERTIFICATE_PINNED,
        by,
        at,
        environment=certificate.environment_id,
        version=current.id,
        label=certificate.label,
        pins=" ".join(current.pins),
    )
    return current


async def restore(tx: Transaction, *, certificate_id: str, by: str, at: datetime) -> Version:
    """Restore a removed certificate with its pins.

    Raises :class:`NotFound`, :class:`Purged`, :class:`LabelTaken`, and :class:`PinTaken` where a pin found another.
    """
    row = await tx.session.get(CertificateRow, certificate_id)
    if row is None:
        raise NotFound("certificate", certificate_id)
    await environments.require(tx, row.environment_id)
    removed = await _held(tx, certificate_id)
    if removed is None or removed.removed_at is None:
        raise NotFound("removed certificate", certificate_id)
    current = await _version(tx, certificate_id, removed.current_number)
    if current.purged_at is not None:
        raise Purged(current.number)
    if await _labelled(tx, removed.environment_id, removed.label):
        raise LabelTaken(removed.label)
    pins = removed.removed_pins or []
    await refuse_taken_pins(tx, removed.environment_id, removed.label, pins)
    removed.removed_at = removed.removed_by = removed.removed_pins = None
    await tx.session.flush()
    await replace_pins(tx, removed, pins)
    await _record(tx, Tag.CERTIFICATE_RESTORED, removed, current, by=by, at=at, detail={"label": removed.label})
    return await _current(tx, certificate_id)


async def removed(tx: ReadTransaction, environment_id: str) -> list[Version]:
    """Return what was removed from the environment and can still be restored, latest first."""
    query = (
        select(CertificateRow.id)
        .where(CertificateRow.environment_id == environment_id, CertificateRow.removed_at.is_not(None))
        .order_by(CertificateRow.removed_at.desc(), CertificateRow.id)
    )
    found = [await of_certificate(tx, id_) for id_ in await tx.session.scalars(query)]
    return [one for one in found if one is not None and one.purged_at is None]


async def purge(tx: Transaction, *, before: datetime, by: str, at: datetime, limit: int = 500) -> int:
    """Destroy the sealed keys of certificates that were removed before a moment; how many keys were destroyed.

    What is public of them stays, for the trail to speak of. Call it again until it gives 0.
    """
    query = (
        select(VersionRow, CertificateRow)
        .join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
        .where(CertificateRow.removed_at < before, VersionRow.purged_at.is_(None))
        .order_by(VersionRow.id)
        .limit(limit)
        .with_for_update(of=VersionRow)
    )
    return await _destroyed(tx, query, by=by, at=at)


async def purge_environment(tx: Transaction, environment_id: str, *, by: str, at: datetime, limit: int = 500) -> int:
    """Destroy the sealed keys of a removed environment; how many were destroyed. Call it again until it gives 0."""
    query = (
        select(VersionRow, CertificateRow)
        .join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
        .where(CertificateRow.environment_id == environment_id, VersionRow.purged_at.is_(None))
        .order_by(VersionRow.id)
        .limit(limit)
        .with_for_update(of=VersionRow)
    )
    return await _destroyed(tx, query, by=by, at=at)


async def _destroyed(tx: Transaction, query: Select[VersionRow, CertificateRow], *, by: str, at: datetime) -> int:
    found = list(await tx.session.execute(query))
    for version, certificate in found:
        version.key_id, version.wrapped_key, version.sealed_key, version.purged_at = "", b"", b"", at
        detail: dict[str, str | int] = {"number": version.number}
        await _record(tx, Tag.CERTIFICATE_PURGED, certificate, version, by=by, at=at, detail=detail)
    await tx.session.flush()
    return len(found)


async def _present(tx: Transaction, certificate_id: str) -> CertificateRow:
    """Return the certificate that is there, held with its environment."""
    row = await tx.session.get(CertificateRow, certificate_id)
    if row is None:
        raise NotFound("certificate", certificate_id)
    await environments.require(tx, row.environment_id)
    held = await _held(tx, certificate_id)
    if held is None or held.removed_at is not None:
        raise NotFound("certificate", certificate_id)
    return held


async def _held(tx: Transaction, certificate_id: str) -> CertificateRow | None:
    query = select(CertificateRow).where(CertificateRow.id == certificate_id)
    return (await tx.session.execute(holding(query))).scalar_one_or_none()


async def _labelled(tx: ReadTransaction, environment_id: str, label: str) -> bool:
    query = select(CertificateRow.id).where(
        CertificateRow.environment_id == environment_id,
        CertificateRow.label == label,
        CertificateRow.removed_at.is_(None),
    )
    return (await tx.session.execute(query)).first() is not None


async def _version(tx: ReadTransaction, certificate_id: str, number: int) -> VersionRow:
    query = select(VersionRow).where(VersionRow.certificate_id == certificate_id, VersionRow.number == number)
    row = (await tx.session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    if row is None:
        raise NotFound("version", f"{number} of {certificate_id}")
    return row


async def _current(tx: Transaction, certificate_id: str) -> Version:
    await tx.session.flush()
    found = await of_certificate(tx, certificate_id)
    if found is None:
        raise NotFound("certificate", certificate_id)
    return found


async def _record(
    tx: Transaction,
    tag: Tag,
    certificate: CertificateRow,
    version: VersionRow,
    *,
    by: str,
    at: datetime,
    detail: dict[str, str | int],
) -> None:
    tx.record(tag, by, at, detail, environment=certificate.environment_id, version=version.id, label=certificate.label)
