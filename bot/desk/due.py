"""What is owed to people, as rows of the due queue: scheduled with the deed, delivered by whoever claims it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.desk.desk import Desk
from bot.desk.mornings import next_morning
from store import (
    Authority,
    DueItem,
    Environment,
    PendingRestart,
    Transaction,
    Upload,
    Version,
    authorities,
    certificates,
    environments,
    restarts,
    uploads,
)
from store import due as queue

log = structlog.get_logger(__name__)

OFFER = "offer"
CARD = "card"
AUTHORITIES = "authorities"
REMOVED = "removed"
AUTHORITY_REMOVED = "authority-removed"
REMINDER = "reminder"
REMINDER_UPDATE = "reminder-update"
CLEANUP = "cleanup"

LEASE = timedelta(seconds=120)
BATCH = 10
LOOK_AT_LEAST_EVERY = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0


@dataclass(frozen=True, slots=True)
class OfferDue:
    """Say to the uploader what was dropped."""

    upload: Upload


@dataclass(frozen=True, slots=True)
class Card:
    """Show the channel what was deposited."""

    version: Version
    environment: Environment


@dataclass(frozen=True, slots=True)
class AuthoritiesCard:
    """Show the channel which authorities were added, and by whom."""

    environment: Environment
    added: tuple[Authority, ...]
    by: str


@dataclass(frozen=True, slots=True)
class RemovedCard:
    """Tell the channel that a certificate or an authority was removed."""

    environment: Environment
    target: Version | Authority
    by: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """Post a restart reminder; ``previous`` (channel, ts) is the one it takes the place of."""

    restart: PendingRestart
    environment: Environment
    occurrence: int
    previous: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ReminderUpdate:
    """Bring the reminder that stands up to date: more changes, put off, or confirmed."""

    restart: PendingRestart
    environment: Environment


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Delete a file with a private key from the channel, or tell the uploader that it still lies there."""

    upload: Upload


Delivery = OfferDue | Card | AuthoritiesCard | RemovedCard | Reminder | ReminderUpdate | Cleanup


@dataclass(frozen=True, slots=True)
class Receipt:
    """The message that came of a delivery."""

    channel: str
    ts: str


class Later(Exception):
    """Not now: try again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class Deliverer(Protocol):
    """Says things to people."""

    async def deliver(self, delivery: Delivery) -> Receipt | None:
        """Say it; returns the message it became. Raises :class:`Later`, or anything else to be tried again."""


async def schedule(tx: Transaction, kind: str, subject: str, *, key: str, at: datetime) -> None:
    """Owe something from ``at`` on, once for each ``key``."""
    await queue.schedule(tx, kind=kind, subject=subject, key=key, due_at=at)


async def owe_restart(tx: Transaction, restart: PendingRestart, *, at: datetime) -> None:
    """A change was noted: remind at once if it is the first, else bring the reminder that stands up to date."""
    if len(restart.changes) == 1:
        # A moment later, so that the card of the change stands above the reminder.
        await schedule(tx, REMINDER, restart.id, key=reminder_key(restart.id, 1), at=at + timedelta(milliseconds=1))
    else:
        await owe_update(tx, restart, at=at)


async def owe_update(tx: Transaction, restart: PendingRestart, *, at: datetime) -> None:
    """The reminder's message is out of date."""
    await schedule(tx, REMINDER_UPDATE, restart.id, key=f"restart:{restart.id}:edition:{restart.edition}", at=at)


def reminder_key(restart_id: str, occurrence: int) -> str:
    """The key that makes each occurrence of a reminder once."""
    return f"restart:{restart_id}:{occurrence}"


async def run_due(desk: Desk, deliverer: Deliverer, *, stop: asyncio.Event | None = None) -> None:
    """Deliver what is due until ``stop`` is set; what is being delivered then is finished and marked first."""
    stop = stop or asyncio.Event()
    while not stop.is_set():
        desk.nudge.clear()
        try:
            busy = await run_once(desk, deliverer, stop=stop)
            pause = 0.0 if busy else await _pause(desk)
        except Exception as error:  # the database is away, say: nothing is lost, it is all rows
            log.warning("due_queue_unreachable", kind=type(error).__name__)
            pause = LOOK_AT_LEAST_EVERY
        if pause and not stop.is_set():
            await _nap(desk, pause)


async def run_once(desk: Desk, deliverer: Deliverer, *, stop: asyncio.Event | None = None) -> bool:
    """Claim what is due and deliver it; returns whether there was anything."""
    async with desk.store.transaction() as tx:
        items = await queue.claim(tx, now=desk.clock(), limit=BATCH, lease=LEASE)
    for item in items:
        if stop is not None and stop.is_set():
            await _give_back(desk, item)
        else:
            await _handle(desk, deliverer, item)
    return bool(items)


async def _pause(desk: Desk) -> float:
    async with desk.store.transaction() as tx:
        next_due = await queue.next_due(tx)
    if next_due is None:
        return LOOK_AT_LEAST_EVERY
    return min(max((next_due - desk.clock()).total_seconds(), 0.005), LOOK_AT_LEAST_EVERY)


async def _nap(desk: Desk, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await desk.nudge.wait()
    except TimeoutError:
        return


async def _handle(desk: Desk, deliverer: Deliverer, item: DueItem) -> None:
    try:
        delivery = await _facts(desk, item)
        receipt = await deliverer.deliver(delivery) if delivery is not None else None
        await _mark(desk, item, delivery, receipt)
    except Later as later:
        await _retry(desk, item, later.seconds, "later")
    except Exception as error:
        # The text may hold what a certificate or a file name brought along; the kind says enough.
        log.warning("delivery_failed", kind=item.kind, error=type(error).__name__, attempts=item.attempts)
        await _retry(desk, item, min(_FIRST_PAUSE * 2 ** (item.attempts - 1), _LONGEST_PAUSE), type(error).__name__)


async def _retry(desk: Desk, item: DueItem, seconds: float, reason: str) -> None:
    async with desk.store.transaction() as tx:
        await queue.retry(tx, id_=item.id, due_at=desk.clock() + timedelta(seconds=seconds), reason=reason)


async def _give_back(desk: Desk, item: DueItem) -> None:
    async with desk.store.transaction() as tx:
        await queue.retry(tx, id_=item.id, due_at=item.due_at, reason="stopping")


async def _mark(desk: Desk, item: DueItem, delivery: Delivery | None, receipt: Receipt | None) -> None:
    now = desk.clock()
    async with desk.store.transaction() as tx:
        await queue.done(
            tx,
            id_=item.id,
            at=now,
            channel=receipt.channel if receipt else None,
            ts=receipt.ts if receipt else None,
        )
        if isinstance(delivery, Reminder) and receipt is not None:
            await _said(tx, desk, delivery, receipt, now)


async def _said(tx: Transaction, desk: Desk, reminder: Reminder, receipt: Receipt, now: datetime) -> None:
    """A reminder stands: the next one comes on the next working morning, unless something happens before."""
    restart = await restarts.said(
        tx,
        restart_id=reminder.restart.id,
        channel=receipt.channel,
        ts=receipt.ts,
        occurrence=reminder.occurrence,
    )
    if restart.edition != reminder.restart.edition:
        # Something changed while the message was on its way; its update may have come before there was a message.
        await schedule(
            tx,
            REMINDER_UPDATE,
            restart.id,
            key=f"restart:{restart.id}:edition:{restart.edition}:after:{reminder.occurrence}",
            at=now,
        )
    if restart.confirmed_at is None and restart.snoozed_until is None:
        morning = next_morning(now, reminder.environment.timezone, desk.policy.morning)
        await schedule(tx, REMINDER, restart.id, key=reminder_key(restart.id, reminder.occurrence + 1), at=morning)


async def _facts(desk: Desk, item: DueItem) -> Delivery | None:
    """Read what the item is about as it is now; None where there is nothing left to say."""
    async with desk.store.transaction() as tx:
        if item.kind in {OFFER, CLEANUP}:
            return await _of_upload(tx, item)
        if item.kind in {REMINDER, REMINDER_UPDATE}:
            return await _of_restart(tx, item)
        return await _of_deed(tx, item)


async def _of_upload(tx: Transaction, item: DueItem) -> Delivery | None:
    upload = await uploads.get(tx, item.subject)
    if upload is None:
        return None
    if item.kind == CLEANUP:
        return Cleanup(upload)
    return OfferDue(upload) if not upload.finished else None


async def _of_restart(tx: Transaction, item: DueItem) -> Delivery | None:
    restart = await restarts.get(tx, item.subject)
    environment = await environments.get(tx, restart.environment_id) if restart else None
    if restart is None or environment is None:
        return None
    standing = (restart.message_channel, restart.message_ts) if restart.message_channel and restart.message_ts else None
    if item.kind == REMINDER_UPDATE:
        return ReminderUpdate(restart, environment) if standing else None
    if restart.confirmed_at is not None:
        return None
    return Reminder(restart, environment, int(item.key.rsplit(":", 1)[1]), standing)


async def _of_deed(tx: Transaction, item: DueItem) -> Delivery | None:
    if item.kind == AUTHORITIES:
        return await _authorities_card(tx, item.subject)
    if item.kind == AUTHORITY_REMOVED:
        authority = await authorities.get(tx, item.subject)
        return await _removed(tx, authority) if authority else None
    version = await certificates.version(tx, item.subject)
    if version is None:
        return None
    if item.kind == REMOVED:
        return await _removed(tx, version)
    environment = await environments.get(tx, version.environment_id)
    return Card(version, environment) if environment else None


async def _authorities_card(tx: Transaction, upload_id: str) -> Delivery | None:
    added = await authorities.of_upload(tx, upload_id)
    environment = await environments.get(tx, added[0].environment_id) if added else None
    return AuthoritiesCard(environment, added, added[0].added_by) if environment else None


async def _removed(tx: Transaction, target: Version | Authority) -> Delivery | None:
    environment = await environments.get(tx, target.environment_id)
    return RemovedCard(environment, target, target.removed_by or "") if environment else None
