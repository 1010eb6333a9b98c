"""Judging a client certificate beside what its environment holds: before it is added, and before it is approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import SecretStr

from bot.certificates import Report, pin_findings, pin_taken
from bot.desk.base.desk import Desk
from bot.desk.opener.pool import Progress
from store import Environment, ReadTransaction
from store.certificates import authorities, clients
from store.certificates.pins import taken_pins


@dataclass(frozen=True, slots=True)
class Beside:
    """What the environment holds: fingerprints, the predecessor and the authorities (DER), and pins of other labels.

    ``pins`` are those that the certificate will have, ``others`` those of other labels, ``taken`` what both have.
    """

    current: frozenset[str]
    previous: bytes | None
    trusted: tuple[bytes, ...]
    taken: Mapping[str, str]
    pins: tuple[str, ...]
    others: Mapping[str, tuple[str, ...]]


async def beside(tx: ReadTransaction, place: Environment, label: str, pins: Sequence[str]) -> Beside:
    """Return what a certificate under ``label``, with these pins, is judged beside."""
    before = await clients.find(tx, place.id, label)
    return Beside(
        current=await clients.fingerprints(tx, place.id),
        previous=before.leaf_der if before else None,
        trusted=tuple(one.der for one in await authorities.current(tx, place.id)),
        taken=await taken_pins(tx, place.id, label, pins),
        pins=tuple(pins) or (before.pins if before else ()),
        others={one.label: one.pins for one in await clients.current(tx, place.id) if one.label != label},
    )


async def judged(
    desk: Desk,
    place: Environment,
    held: Beside,
    files: Sequence[bytes],
    password: SecretStr | None = None,
    *,
    member: str,
    progress: Progress | None = None,
) -> Report:
    """Judge files as a client certificate of the environment; raises nothing for what they hold."""
    context = desk.context(place, current=held.current, previous=held.previous)
    report = await desk.opener.client(
        files, password, context, authorities=held.trusted, member=member, progress=progress
    )
    if report.client is not None:
        report = replace(report, findings=(*report.findings, *pin_findings(held.pins, held.others)))
    return with_taken(report, held.taken)


def with_taken(report: Report, taken: Mapping[str, str]) -> Report:
    """Return the report with a finding for each pin that has another owner (pin to label)."""
    return replace(report, findings=(*report.findings, *(pin_taken(pin, label) for pin, label in taken.items())))
