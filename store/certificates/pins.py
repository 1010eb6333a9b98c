"""Pins: each belongs to one current certificate of an environment; a unique constraint enforces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from store.database import ReadTransaction, Transaction
from store.errors import PinTaken
from store.models import CertificateRow, PinRow, new_id


async def taken_pins(tx: ReadTransaction, environment_id: str, label: str, pins: Iterable[str]) -> dict[str, str]:
    """Return those of the pins that belong to certificates of other labels there, with the label."""
    query = (
        select(PinRow.value, CertificateRow.label)
        .join(CertificateRow, CertificateRow.id == PinRow.certificate_id)
        .where(PinRow.environment_id == environment_id, CertificateRow.label != label, PinRow.value.in_(set(pins)))
    )
    return {pin: owner for pin, owner in await tx.session.execute(query)}


async def refuse_taken_pins(tx: ReadTransaction, environment_id: str, label: str, pins: Sequence[str]) -> None:
    """Before anything is written, so that a caller who lives on with the refusal commits nothing half done.

    Raises :class:`PinTaken`.
    """
    owners = await taken_pins(tx, environment_id, label, pins)
    for pin in pins:
        if pin in owners:
            raise PinTaken(pin, owners[pin])


async def replace_pins(tx: Transaction, certificate: CertificateRow, pins: Iterable[str]) -> None:
    """Replace the certificate's pins."""
    await tx.session.execute(delete(PinRow).where(PinRow.certificate_id == certificate.id))
    for pin in dict.fromkeys(pins):
        tx.session.add(
            PinRow(id=new_id(), environment_id=certificate.environment_id, certificate_id=certificate.id, value=pin)
        )
    await tx.session.flush()
