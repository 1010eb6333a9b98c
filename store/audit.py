"""The trail: append-only, each event's HMAC covers the one before it.

An event's MAC is HMAC-SHA-256, under a random key that is sealed under the key ring, over the MAC before it (32 bytes,
zeros for the first) and the event's own fields as canonical JSON. A row that is changed, missing, inserted or moved
breaks the chain at that row.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, text

from store.database import Transaction
from store.models import AuditRow

_FIRST = bytes(32)
# Any number, the same in every replica: who appends holds it until the commit, so that sequence and chain agree.
_ADVISORY_LOCK = 0x63657274


class Tag(StrEnum):
    """What happened, as ``source:subject:action``."""

    ENVIRONMENT_ADDED = "desk:environment:added"
    ENVIRONMENT_BOUND = "desk:environment:bound"
    ENVIRONMENT_TIMEZONE = "desk:environment:timezone"
    ENVIRONMENT_REMOVED = "desk:environment:removed"
    CERTIFICATE_DEPOSITED = "desk:certificate:deposited"
    CERTIFICATE_REMOVED = "desk:certificate:removed"
    CERTIFICATE_REVEALED = "desk:certificate:revealed"
    REVEAL_FAILED = "desk:certificate:reveal-failed"
    AUTHORITIES_ADDED = "desk:authority:added"
    AUTHORITY_REMOVED = "desk:authority:removed"
    RESTART_CONFIRMED = "desk:restart:confirmed"
    RESTART_SNOOZED = "desk:restart:snoozed"
    ATTEMPT_REFUSED = "desk:attempt:refused"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the trail."""

    seq: int
    at: datetime
    tag: str
    actor: str
    environment_id: str | None
    version_id: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the trail is whole; ``first_bad`` is the sequence number at which it is not."""

    ok: bool
    rows: int
    first_bad: int | None


async def append(
    tx: Transaction,
    *,
    tag: Tag,
    actor: str,
    at: datetime,
    environment_id: str | None = None,
    version_id: str | None = None,
    detail: Mapping[str, str | int] | None = None,
) -> None:
    """Write one event, in the transaction of the thing that it records."""
    if tx.on_postgresql:
        await tx.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    last = (await tx.session.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1))).scalar_one_or_none()
    row = AuditRow(
        seq=(last.seq if last else 0) + 1,
        at=at,
        tag=str(tag),
        actor=actor,
        environment_id=environment_id,
        version_id=version_id,
        detail=dict(detail or {}),
        mac=b"",
    )
    row.mac = _mac(tx.audit_key, last.mac if last else _FIRST, row)
    tx.session.add(row)
    await tx.session.flush()


async def verify(tx: Transaction) -> AuditVerdict:
    """Walk the whole trail and name the first row that does not follow from the one before it."""
    before, count = _FIRST, 0
    async for row in await tx.session.stream_scalars(select(AuditRow).order_by(AuditRow.seq)):
        count += 1
        if row.seq != count:
            return AuditVerdict(False, count, count)
        if not hmac.compare_digest(row.mac, _mac(tx.audit_key, before, row)):
            return AuditVerdict(False, count, row.seq)
        before = row.mac
    return AuditVerdict(True, count, None)


async def events(tx: Transaction, *, environment_id: str | None = None, limit: int = 100) -> list[Event]:
    """The newest events, newest first."""
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
    if environment_id is not None:
        query = query.where(AuditRow.environment_id == environment_id)
    return [_event(row) for row in await tx.session.scalars(query)]


def _event(row: AuditRow) -> Event:
    return Event(row.seq, row.at, row.tag, row.actor, row.environment_id, row.version_id, row.detail)


def _mac(key: bytes, before: bytes, row: AuditRow) -> bytes:
    fields = [
        row.seq,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.tag,
        row.actor,
        row.environment_id,
        row.version_id,
        row.detail,
    ]
    body = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return hmac.digest(key, before + body, "sha256")
