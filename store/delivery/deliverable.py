"""The current certificates of an environment with their encrypted keys, for delivery to its app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretBytes

from store import audit
from store.certificates import clients
from store.certificates.clients import Version, place_of
from store.database import ReadTransaction, Transaction
from store.models import CertificateRow, VersionRow
from store.secrets.ring import Ring
from store.secrets.sealing import Place, Sealed, unseal


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A current version and its encrypted key, which :func:`decrypt` opens outside of any transaction."""

    version: Version
    place: Place
    sealed: Sealed


async def current(tx: ReadTransaction, environment_id: str) -> list[Deliverable]:
    """Return every current version of the environment, by label."""
    found = []
    for version in await clients.current(tx, environment_id):
        row = await tx.session.get_one(VersionRow, version.id)
        certificate = await tx.session.get_one(CertificateRow, version.certificate_id)
        sealed = Sealed(row.key_id, row.wrapped_key, row.sealed_key)
        found.append(Deliverable(version, place_of(certificate, version.id), sealed))
    return found


async def decrypt(ring: Ring, one: Deliverable) -> SecretBytes:
    """Return the private key (PKCS #8 DER). Raises :class:`SealBroken`, :class:`KeysUnavailable`.

    Whoever lets it leave records that with :func:`record`; whoever can't decrypt it, with :func:`record_broken`.
    """
    return await unseal(ring, one.sealed, one.place)


def record(
    tx: Transaction, environment_id: str, versions: str, *, by: str, at: datetime, detail: dict[str, str | int]
) -> None:
    """Record one reveal of several keys: who received them (``by``), and which ``versions`` they are of."""
    tx.record(
        audit.Tag.BUNDLE_DELIVERED, by, at, {**detail, "versions": versions}, environment=environment_id, lasting=True
    )


def record_broken(tx: Transaction, one: Deliverable, *, by: str, at: datetime) -> None:
    """Record that a key could not be decrypted."""
    tx.record(
        audit.Tag.REVEAL_FAILED,
        by,
        at,
        environment=one.version.environment_id,
        version=one.version.id,
        lasting=True,
        why="deliver",
    )
