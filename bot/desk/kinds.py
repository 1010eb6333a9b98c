"""Reading what a due item is about, as it is now; what was scheduled may have become pointless since."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.desk.base import calendar
from bot.desk.base.desk import Desk
from bot.desk.environments import freezes
from bot.desk.expiry import warnings, weekly_list
from bot.desk.outbox import enqueue
from bot.desk.outbox.results import (
    AuthoritiesCard,
    Card,
    Cleanup,
    DeedCard,
    Delivery,
    Moot,
    OfferDue,
    Postponed,
    Reminder,
    ReminderRetired,
    ReminderUpdate,
    RemovedCard,
)
from bot.desk.restarts import performing
from store import Authority, DueItem, Transaction, Version, environments, queue, uploads
from store.certificates import authorities, clients
from store.restarts import connections, pending

_FOUND_OUT_SOON = timedelta(seconds=10)


async def delivery_of(desk: Desk, item: DueItem) -> Delivery | Postponed | Moot | None:
    """Read what the item is about as it is now; None where there is nothing left to say."""
    now = desk.clock()
    async with desk.store.transaction() as tx:
        if item.kind in enqueue.ENDINGS:
            return await _of_ending(tx, desk, item, now)
        if item.kind in {enqueue.OFFER, enqueue.CLEANUP}:
            return await _of_upload(tx, item)
        if item.kind in enqueue.REMINDERS:
            return await _of_restart(tx, item, now)
        if item.kind in enqueue.PERFORMED:
            return await performing.delivery_of(tx, item, now)
        return await _of_deed(tx, item)


async def _of_ending(tx: Transaction, desk: Desk, item: DueItem, now: datetime) -> Delivery | Postponed | Moot | None:
    if item.kind == enqueue.EXPIRY:
        return await warnings.expiry_of(tx, desk.policy, item, now)
    if item.kind == enqueue.DIGEST:
        return await weekly_list.digest_of(tx, desk.policy, item, now)
    return await _of_seen(tx, item, now)


async def _of_seen(tx: Transaction, item: DueItem, now: datetime) -> Delivery | Postponed | None:
    """What somebody has seen, as it is to be shown now; None where it stands nowhere."""
    item_id, by, *marks = item.subject.split(":", 2)
    said = await queue.get(tx, item_id)
    if said is None:
        return None
    if said.done_at is None:
        # Somebody clicked it, so it stands; where, is known to us when the answer to its sending is found.
        return Postponed(now + _FOUND_OUT_SOON)
    where = (said.channel, said.ts) if said.channel and said.ts else None
    if where is None:
        return None
    if marks:
        return await weekly_list.seen_of(tx, said, marks[0], where, by)
    return await warnings.seen_of(tx, said, where, by)


async def _of_upload(tx: Transaction, item: DueItem) -> Delivery | None:
    upload = await uploads.get(tx, item.subject)
    if upload is None:
        return None
    if item.kind == enqueue.CLEANUP:
        return Cleanup(upload)
    return OfferDue(upload) if not upload.finished else None


async def _of_restart(tx: Transaction, item: DueItem, now: datetime) -> Delivery | Postponed | Moot | None:
    if item.kind == enqueue.REMINDER_RETIRED:
        return await _retired(tx, item)
    restart = await pending.get(tx, item.subject)
    environment = await environments.get(tx, restart.environment_id) if restart else None
    if restart is None or environment is None:
        return None
    standing = (restart.message_channel, restart.message_ts) if restart.message_channel and restart.message_ts else None
    connected = await connections.of(tx, environment.id) is not None
    if item.kind == enqueue.REMINDER_UPDATE:
        return ReminderUpdate(restart, environment, connected) if standing else None
    occurrence = int(item.key.rsplit(":", 1)[1])
    reminder = Reminder(restart, environment, occurrence, standing, connected)
    if restart.confirmed_at is not None:
        return Moot(reminder) if item.unsure_since else None
    first = occurrence == 1 and environment.schedule.at_once
    # It may have been put off while somebody was at it.
    wanted = max(now, restart.snoozed_until or now)
    may = calendar.due_from(wanted, environment, first=first, chosen=restart.snoozed_until is not None)
    return Postponed(may, reminder) if may > now else reminder


async def _retired(tx: Transaction, item: DueItem) -> Delivery | None:
    environment_id, channel, ts = item.subject.split(":")
    environment = await environments.get(tx, environment_id)
    return ReminderRetired(environment, (channel, ts)) if environment else None


async def _of_deed(tx: Transaction, item: DueItem) -> Delivery | None:
    if item.kind == enqueue.FREEZE:
        return await freezes.freeze_of(tx, item.subject)
    subject, _, by = item.subject.partition(":")
    if item.kind == enqueue.AUTHORITIES:
        return await _authorities_card(tx, subject)
    if item.kind in {enqueue.AUTHORITY_REMOVED, enqueue.AUTHORITY_RESTORED}:
        return await _authority_deed(tx, item.kind, subject, by)
    version = await clients.version(tx, subject)
    if version is None:
        return None
    return (
        await _removed(tx, version) if item.kind == enqueue.REMOVED else await _version_deed(tx, item.kind, version, by)
    )


async def _version_deed(tx: Transaction, kind: str, version: Version, by: str) -> Delivery | None:
    environment = await environments.get(tx, version.environment_id)
    if environment is None:
        return None
    return DeedCard(environment, version, kind, by) if kind in enqueue.DEEDS else Card(version, environment)


async def _authority_deed(tx: Transaction, kind: str, authority_id: str, by: str) -> Delivery | None:
    authority = await authorities.get(tx, authority_id)
    if authority is None or kind == enqueue.AUTHORITY_REMOVED:
        return await _removed(tx, authority) if authority else None
    environment = await environments.get(tx, authority.environment_id)
    return DeedCard(environment, authority, enqueue.RESTORED, by) if environment else None


async def _authorities_card(tx: Transaction, upload_id: str) -> Delivery | None:
    added = await authorities.of_upload(tx, upload_id)
    environment = await environments.get(tx, added[0].environment_id) if added else None
    return AuthoritiesCard(environment, added, added[0].added_by) if environment else None


async def _removed(tx: Transaction, target: Version | Authority) -> Delivery | None:
    environment = await environments.get(tx, target.environment_id)
    return RemovedCard(environment, target, target.removed_by or "") if environment else None
