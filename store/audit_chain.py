"""The audit trail as it is written: its tags, what each event's MAC covers, and what a transaction appends as it ends.

The key is random, and sealed under the key ring. With ``before`` the MAC of the event before (32 zero bytes for the
first)::

    event = HMAC-SHA-256(key, "certdesk/1/event" | before | fields)      fields: canonical JSON, see `event_mac`
    head  = HMAC-SHA-256(key, "certdesk/1/head" | seq (8 bytes, big endian) | MAC of the last event)

The head says where the trail ends, so that a trail cut short is found as well as a hole in it. Who can put back both an
older head and the older trail is found only by comparing with what was known elsewhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import StoreError
from store.models import AuditHeadRow, AuditRow

NOTHING_BEFORE = bytes(32)
HEAD = 1
_EVENT = b"certdesk/1/event"
_HEAD = b"certdesk/1/head"


class Tag(StrEnum):
    """What happened, as ``source:subject:action``. Stored with each event and covered by its MAC: never changed."""

    ENVIRONMENT_ADDED = "desk:environment:added"
    ENVIRONMENT_BOUND = "desk:environment:bound"
    ENVIRONMENT_TIMEZONE = "desk:environment:timezone"
    ENVIRONMENT_OWNERS = "desk:environment:owners"
    ENVIRONMENT_SCHEDULE = "desk:environment:schedule"
    ENVIRONMENT_ACCESS = "desk:environment:access"
    ENVIRONMENT_REMOVED = "desk:environment:removed"
    ENVIRONMENT_RESTORED = "desk:environment:restored"
    CERTIFICATE_DEPOSITED = "desk:certificate:deposited"
    CERTIFICATE_REMOVED = "desk:certificate:removed"
    CERTIFICATE_RESTORED = "desk:certificate:restored"
    CERTIFICATE_ROLLED_BACK = "desk:certificate:rolled-back"
    CERTIFICATE_PINNED = "desk:certificate:pinned"
    CERTIFICATE_PURGED = "desk:certificate:purged"
    BUNDLE_DELIVERED = "desk:bundle:delivered"
    BUNDLE_LOADED = "desk:bundle:loaded"
    INSTANCE_BEHIND = "desk:instance:behind"
    CERTIFICATE_REVEALED = "desk:certificate:revealed"
    REVEAL_FAILED = "desk:certificate:reveal-failed"
    AUTHORITIES_ADDED = "desk:authority:added"
    AUTHORITY_REMOVED = "desk:authority:removed"
    AUTHORITY_RESTORED = "desk:authority:restored"
    RESTART_CONFIRMED = "desk:restart:confirmed"
    RESTART_REOPENED = "desk:restart:reopened"
    RESTART_SNOOZED = "desk:restart:snoozed"
    EXPIRY_SEEN = "desk:expiry:seen"
    CONNECTION_MADE = "desk:connection:made"
    CONNECTION_REMOVED = "desk:connection:removed"
    RESTART_BEGUN = "desk:restart:begun"
    RESTART_ENDED = "desk:restart:ended"
    HOOK_MADE = "desk:hook:made"
    HOOK_REVOKED = "desk:hook:revoked"
    LINK_MADE = "desk:link:made"
    LINK_OPENED = "desk:link:opened"
    REQUEST_ASKED = "desk:request:asked"
    REQUEST_APPROVED = "desk:request:approved"
    REQUEST_BYPASSED = "desk:request:bypassed"
    REQUEST_DECLINED = "desk:request:declined"
    REQUEST_WITHDRAWN = "desk:request:withdrawn"
    REQUEST_EXPIRED = "desk:request:expired"
    REQUEST_OVERTAKEN = "desk:request:overtaken"
    REQUEST_REVEALED = "desk:request:revealed"
    KEYS_REWRAPPED = "desk:keys:rewrapped"
    KEYS_CHECKED = "desk:keys:checked"
    BACKUP_MADE = "desk:backup:made"
    BACKUP_RESTORED = "desk:backup:restored"
    AUDIT_VERIFIED = "desk:audit:verified"
    AUDIT_EXPORTED = "desk:audit:exported"
    INVENTORY_EXPORTED = "desk:inventory:exported"
    ATTEMPT_REFUSED = "desk:attempt:refused"


_WHERE: ContextVar[str] = ContextVar("where", default="")


@contextmanager
def coming_from(where: str) -> Iterator[None]:
    """Add ``where`` to every event of the block and of the tasks begun in it: ``slack:C…:id``, ``cli:host``."""
    before = _WHERE.set(where)
    try:
        yield
    finally:
        _WHERE.reset(before)


_BESIDES: ContextVar[Mapping[str, str]] = ContextVar("besides", default={})  # noqa: B039  never changed


@contextmanager
def with_besides(**detail: str) -> Iterator[None]:
    """Add ``detail`` to every event of the block: who approved what somebody else asked for."""
    before = _BESIDES.set(detail)
    try:
        yield
    finally:
        _BESIDES.reset(before)


def origin() -> str:
    """Return where what is being done comes from; empty where that is not known."""
    return _WHERE.get()


def with_origin(detail: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return an event's detail with ``where`` it comes from, where that is known, and what the block adds."""
    where = _WHERE.get()
    whole = {**detail, **_BESIDES.get()}
    return {**whole, "where": where} if where else whole


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that waits for its transaction's end; a ``lasting`` one is written even when that is rolled back."""

    at: datetime
    tag: str
    actor: str
    environment_id: str | None
    version_id: str | None
    detail: Mapping[str, str | int]
    lasting: bool


def event_mac(key: bytes, before: bytes, row: AuditRow) -> bytes:
    """Return the MAC of an event: its fields as a JSON list without white space, keys sorted, ASCII, microseconds."""
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
    return hmac.digest(key, _EVENT + before + body, "sha256")


def head_mac(key: bytes, seq: int, last: bytes) -> bytes:
    """Return the MAC of the head: how many events there are, and the MAC of the last."""
    return hmac.digest(key, _HEAD + seq.to_bytes(8, "big") + last, "sha256")


def first_head(key: bytes) -> dict[str, int | bytes]:
    """Return the columns of the head of a trail without events."""
    return {"id": HEAD, "seq": 0, "last": NOTHING_BEFORE, "mac": head_mac(key, 0, NOTHING_BEFORE)}


async def write(session: AsyncSession, key: bytes, entries: Sequence[Entry]) -> None:
    """Append ``entries``. It is the last thing a transaction does: the head is held from here to the commit.

    Were it held earlier, a transaction that appends and then waits for a row could wait for one that holds the row and
    waits for the head.
    """
    if not entries:
        return
    query = select(AuditHeadRow).with_for_update().execution_options(populate_existing=True)
    head = (await session.execute(query)).scalar_one_or_none()
    if head is None:
        raise StoreError("The audit trail has lost its head: restore the database from a backup.")
    for entry in entries:
        row = _row(head.seq + 1, entry)
        row.mac = event_mac(key, head.last, row)
        head.seq, head.last = row.seq, row.mac
        session.add(row)
    head.mac = head_mac(key, head.seq, head.last)
    await session.flush()


def _row(seq: int, entry: Entry) -> AuditRow:
    return AuditRow(
        seq=seq,
        at=entry.at,
        tag=entry.tag,
        actor=entry.actor,
        environment_id=entry.environment_id,
        version_id=entry.version_id,
        detail=dict(entry.detail),
        mac=b"",
    )
