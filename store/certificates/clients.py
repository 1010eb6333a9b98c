"""Client certificates: a label in an environment, its versions, their sealed keys, its pins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretBytes
from sqlalchemy import Select, delete, select

from store import audit, environments, uploads
from store.certificates.facts import ClientFacts, columns
from store.certificates.pins import refuse_taken_pins, replace_pins
from store.database import ReadTransaction, Transaction, holding
from store.errors import NotFound, Purged, SealBroken
from store.models import CertificateRow, PinRow, VersionRow, copied, new_id
from store.secrets.sealing import Place, Sealed, seal, unseal

CLIENT_KEY = "client-key"
# Databases take some ten thousand parameters in a statement, and no more.
_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion(ClientFacts):
    """What is deposited; certificates are DER, ``key`` is unencrypted PKCS #8 DER, ``chain_der`` goes upwards."""

    leaf_der: bytes
    chain_der: tuple[bytes, ...]
    key: SecretBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(ClientFacts):
    """One deposit under a label, without its key."""

    id: str
    certificate_id: str
    environment_id: str
    label: str
    number: int
    replaced: int | None
    leaf_der: bytes
    chain_der: tuple[bytes, ...]
    pins: tuple[str, ...]
    deposited_by: str
    deposited_at: datetime
    removed_at: datetime | None
    removed_by: str | None
    current: bool = True
    purged_at: datetime | None = None


async def deposit(
    tx: Transaction,
    *,
    upload_id: str,
    environment_id: str,
    label: str,
    pins: Sequence[str],
    new: NewVersion,
    by: str,
    at: datetime,
) -> Version:
    """Keep a new version under ``label``; an upload that was deposited before gives the version it became.

    Raises :class:`NotFound` where the environment is gone and :class:`PinTaken` where a pin belongs to another label.
    """
    if (before := await of_upload(tx, upload_id)) is not None:
        return before
    await environments.require(tx, environment_id)
    upload = await uploads.lock(tx, upload_id)
    if (before := await of_upload(tx, upload_id)) is not None:
        return before
    await refuse_taken_pins(tx, environment_id, label, pins)
    certificate = await _next(tx, environment_id, label, at)
    await replace_pins(tx, certificate, pins)
    row = await _version_row(tx, certificate, new, upload_id=upload_id, by=by, at=at)
    tx.session.add(row)
    certificate.current_number = row.number
    upload.state, upload.environment_id = uploads.STORED, environment_id
    await tx.session.flush()
    tx.record(
        audit.Tag.CERTIFICATE_DEPOSITED,
        by,
        at,
        environment=environment_id,
        version=row.id,
        label=label,
        number=row.number,
        sha256=new.sha256,
    )
    return await _one(tx, select(VersionRow).where(VersionRow.id == row.id))


async def current(tx: ReadTransaction, environment_id: str) -> list[Version]:
    """Return the current version of each certificate, by label."""
    found = await versions_of(tx, current_query().where(CertificateRow.environment_id == environment_id))
    return sorted(found, key=lambda one: (one.label.casefold(), one.label))


async def labels(tx: ReadTransaction, environment_id: str) -> list[str]:
    """Return the labels of what is current."""
    present = (CertificateRow.environment_id == environment_id, CertificateRow.removed_at.is_(None))
    return list(await tx.session.scalars(select(CertificateRow.label).where(*present)))


async def find(tx: ReadTransaction, environment_id: str, label: str) -> Version | None:
    """Return the current version under a label."""
    query = current_query().where(CertificateRow.environment_id == environment_id, CertificateRow.label == label)
    return next(iter(await versions_of(tx, query)), None)


async def version(tx: ReadTransaction, version_id: str) -> Version | None:
    """Return a version by its id, current or not."""
    return next(iter(await versions_of(tx, select(VersionRow).where(VersionRow.id == version_id))), None)


async def of_certificate(tx: ReadTransaction, certificate_id: str) -> Version | None:
    """Return the current version of a certificate, or the one that was current when it was removed."""
    return next(iter(await versions_of(tx, _of(certificate_id))), None)


async def of_upload(tx: ReadTransaction, upload_id: str) -> Version | None:
    """Return the version that an upload became."""
    return next(iter(await versions_of(tx, select(VersionRow).where(VersionRow.upload_id == upload_id))), None)


async def history(tx: ReadTransaction, certificate_id: str) -> list[Version]:
    """Return every version of a certificate, newest first."""
    query = select(VersionRow).where(VersionRow.certificate_id == certificate_id)
    return await versions_of(tx, query.order_by(VersionRow.number.desc()))


async def remove(tx: Transaction, *, certificate_id: str, by: str, at: datetime) -> Version:
    """Remove a certificate (a state, not a deletion) and free its pins; raises :class:`NotFound` the second time."""
    if (newest := await of_certificate(tx, certificate_id)) is None:
        raise NotFound("certificate", certificate_id)
    await environments.require(tx, newest.environment_id)
    query = select(CertificateRow).where(CertificateRow.id == certificate_id, CertificateRow.removed_at.is_(None))
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("certificate", certificate_id)
    removed = await _one(tx, _of(certificate_id))  # with its pins, and newer where it was replaced meanwhile
    row.removed_at, row.removed_by, row.removed_pins = at, by, list(removed.pins)
    await tx.session.execute(delete(PinRow).where(PinRow.certificate_id == certificate_id))
    tx.record(
        audit.Tag.CERTIFICATE_REMOVED, by, at, environment=row.environment_id, version=removed.id, label=row.label
    )
    return removed


async def fingerprints(tx: ReadTransaction, environment_id: str) -> frozenset[str]:
    """SHA-256 of every current certificate of the environment, lower-case hex."""
    query = current_query().where(CertificateRow.environment_id == environment_id).with_only_columns(VersionRow.sha256)
    return frozenset(await tx.session.scalars(query))


async def reveal(tx: Transaction, *, version_id: str, by: str, at: datetime, why: str) -> SecretBytes:
    """Take a private key out (PKCS #8 DER). Raises :class:`NotFound`, :class:`Purged` or :class:`SealBroken`.

    It is recorded that it was taken out, or that its seal did not open, even when the transaction is rolled back.
    """
    row = await tx.session.get(VersionRow, version_id)
    if row is None:
        raise NotFound("version", version_id)
    if row.purged_at is not None:
        raise Purged(row.number)
    certificate = await tx.session.get_one(CertificateRow, row.certificate_id)
    sealed = Sealed(row.key_id, row.wrapped_key, row.sealed_key)
    tag, secret = audit.Tag.CERTIFICATE_REVEALED, None
    try:
        secret = await unseal(tx.ring, sealed, place_of(certificate, row.id))
    except SealBroken:
        tag = audit.Tag.REVEAL_FAILED
    tx.record(tag, by, at, environment=certificate.environment_id, version=version_id, lasting=True, why=why)
    if secret is None:
        raise SealBroken
    return secret


def place_of(certificate: CertificateRow, version_id: str) -> Place:
    """Return where a version's key lies, to which it is sealed."""
    return Place(CLIENT_KEY, certificate.environment_id, certificate.id, version_id)


async def _next(tx: Transaction, environment_id: str, label: str, at: datetime) -> CertificateRow:
    """Return the certificate of that label, made if there is none, with its last number counted on."""
    query = select(CertificateRow).where(
        CertificateRow.environment_id == environment_id,
        CertificateRow.label == label,
        CertificateRow.removed_at.is_(None),
    )
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        row = CertificateRow(
            id=new_id(), environment_id=environment_id, label=label, current_number=0, last_number=0, created_at=at
        )
        tx.session.add(row)
    # A version after a rollback is a new number, too: none is ever given twice.
    row.last_number += 1
    await tx.session.flush()
    return row


async def _version_row(
    tx: Transaction, certificate: CertificateRow, new: NewVersion, *, upload_id: str, by: str, at: datetime
) -> VersionRow:
    id_ = new_id()
    sealed = await seal(tx.ring, new.key, place_of(certificate, id_))
    return VersionRow(
        **columns(new, ClientFacts),
        id=id_,
        certificate_id=certificate.id,
        environment_id=certificate.environment_id,
        number=certificate.last_number,
        replaces=certificate.current_number or None,
        upload_id=upload_id,
        leaf_der=new.leaf_der,
        chain=[der.hex() for der in new.chain_der],
        key_id=sealed.key_id,
        wrapped_key=sealed.wrapped,
        sealed_key=sealed.sealed,
        deposited_by=by,
        deposited_at=at,
    )


def current_query() -> Select[VersionRow]:
    """Return every current version of every environment, to be narrowed down."""
    return (
        select(VersionRow)
        .join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
        .where(CertificateRow.removed_at.is_(None), VersionRow.number == CertificateRow.current_number)
    )


def _of(certificate_id: str) -> Select[VersionRow]:
    return (
        select(VersionRow)
        .join(CertificateRow, CertificateRow.id == VersionRow.certificate_id)
        .where(CertificateRow.id == certificate_id, VersionRow.number == CertificateRow.current_number)
    )


async def _one(tx: ReadTransaction, query: Select[VersionRow]) -> Version:
    (found,) = await versions_of(tx, query)
    return found


async def versions_of(tx: ReadTransaction, query: Select[VersionRow]) -> list[Version]:
    """Return the versions that a query finds, with labels and pins."""
    rows = list(await tx.session.scalars(query))
    ids = list({row.certificate_id for row in rows})
    of: dict[str, CertificateRow] = {}
    pinned: dict[str, list[str]] = {}
    for at in range(0, len(ids), _AT_A_TIME):
        some = ids[at : at + _AT_A_TIME]
        with_pins = (
            select(CertificateRow, PinRow.value)
            .outerjoin(PinRow, PinRow.certificate_id == CertificateRow.id)
            .where(CertificateRow.id.in_(some))
        )
        for one, pin in await tx.session.execute(with_pins):
            of[one.id] = one
            if pin is not None:
                pinned.setdefault(one.id, []).append(pin)
    return [_version(row, of[row.certificate_id], tuple(sorted(pinned.get(row.certificate_id, ())))) for row in rows]


def _version(row: VersionRow, certificate: CertificateRow, pins: tuple[str, ...]) -> Version:
    return copied(
        Version,
        row,
        environment_id=certificate.environment_id,
        label=certificate.label,
        replaced=row.replaces,
        chain_der=tuple(bytes.fromhex(der) for der in row.chain),
        serial=int(row.serial, 16),
        pins=pins,
        removed_at=certificate.removed_at,
        removed_by=certificate.removed_by,
        current=row.number == certificate.current_number,
    )
