"""Reminders of a pending restart: posted, brought up to date, and replaced by the next one each working morning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.desk.base import calendar
from bot.desk.base.desk import Desk
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.outbox.results import Obsolete, Postponed, Receipt
from store import DueItem, Environment, PendingRestart, ReadTransaction, Transaction, environments, instances, queue
from store.certificates import clients
from store.delivery.instances import Running
from store.restarts import connections, pending

PROOF = "proof:"
"""Before the number of instances that proved that they loaded the changes: who confirms a restart."""
# An instance that says goodbye is mostly being restarted.
COMES_BACK_WITHIN = timedelta(minutes=5)
# Reports come in numbers, one from each instance.
_PROOFS_TOGETHER = 15
# A reminder that was posted within it is still seen when it changes.
_RECENT = timedelta(minutes=10)
# A moment later than the change, so that the card of it stands above the reminder.
_BELOW_CARD = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Proven:
    """How many of an app's live instances run all the changes; ``version`` (label, number) if they are all of one."""

    loaded: int
    instances: int
    version: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """Post a restart reminder; ``previous`` (channel, ts) is the message that it replaces.

    ``proven`` is None for an app whose instances report nothing.
    """

    restart: PendingRestart
    environment: Environment
    occurrence: int
    previous: tuple[str, str] | None
    connected: bool = False
    proven: Proven | None = None

    @property
    def channel(self) -> str:
        """Return the channel in which the message is found again."""
        return self.environment.channel


@dataclass(frozen=True, slots=True)
class ReminderUpdate:
    """Bring the reminder that stands up to date: more changes, snoozed, or confirmed."""

    restart: PendingRestart
    environment: Environment
    connected: bool = False
    proven: Proven | None = None


@dataclass(frozen=True, slots=True)
class ReminderRetired:
    """Take the buttons off a reminder (``where``: channel, ts) that another one replaces."""

    environment: Environment
    where: tuple[str, str]


def reminder_key(restart_id: str, occurrence: int) -> str:
    """Return the key of one occurrence of a reminder."""
    return f"restart:{restart_id}:{occurrence}"


async def announce_change(tx: Transaction, restart: PendingRestart, place: Environment, *, at: datetime) -> None:
    """Schedule the first reminder for the first change. For a later one, update the reminder that stands, or post it
    again below if it is old by now: nobody sees a change of a message far above.
    """
    moment = calendar.first_reminder(at, place)
    if len(restart.changes) == 1:
        await schedule_reminder(tx, restart, place, occurrence=1, at=moment)
    elif moment > at or restart.snoozed_until is not None or not _is_old(restart, at):
        await schedule_update(tx, restart, at=at)
    else:
        await _post_again(tx, restart, place, at)


def _is_old(restart: PendingRestart, now: datetime) -> bool:
    """Return whether the reminder was posted some minutes ago; a message's ``ts`` begins with its time in seconds."""
    try:
        return float(restart.message_ts or "nan") < (now - _RECENT).timestamp()
    except ValueError:
        return False


async def _post_again(tx: Transaction, restart: PendingRestart, place: Environment, at: datetime) -> None:
    """Post the same occurrence once more; the next one stays planned, and the message above loses its buttons."""
    key = f"restart:{restart.id}:again:{restart.edition}"
    payload = {"occurrence": restart.occurrence, "announces": True}
    await REMINDER.schedule(tx, restart.id, key=key, at=at + _BELOW_CARD, environment_id=place.id, payload=payload)


async def schedule_reminder(
    tx: Transaction, restart: PendingRestart, place: Environment, *, occurrence: int, at: datetime
) -> None:
    """Schedule one occurrence of the reminder."""
    moment, key = at + _BELOW_CARD, reminder_key(restart.id, occurrence)
    payload = {"occurrence": occurrence}
    await REMINDER.schedule(tx, restart.id, key=key, at=moment, environment_id=place.id, payload=payload)


async def move_reminder(tx: Transaction, restart: PendingRestart, place: Environment, moment: datetime) -> None:
    """Move the next reminder to that moment."""
    occurrence = restart.occurrence + 1
    if not await queue.move(tx, key=reminder_key(restart.id, occurrence), due_at=moment):
        await schedule_reminder(tx, restart, place, occurrence=occurrence, at=moment)


async def resume_reminders(tx: Transaction, restart: PendingRestart, place: Environment, now: datetime) -> None:
    """Plan the reminder that a confirmation cancelled, as if there had been none."""
    snoozed = restart.snoozed_until if restart.snoozed_until and restart.snoozed_until > now else None
    moment = snoozed or _next_moment(restart, place, now)
    if not await queue.revive(tx, key=reminder_key(restart.id, restart.occurrence + 1), due_at=moment):
        await move_reminder(tx, restart, place, moment)


async def schedule_update(tx: Transaction, restart: PendingRestart, *, at: datetime, because: str = "") -> None:
    """Schedule an update of the message that stands, once per edition, or once for the reason that is named."""
    key = f"restart:{restart.id}:{because or f'edition:{restart.edition}'}"
    await UPDATE.schedule(tx, restart.id, key=key, at=at, environment_id=restart.environment_id)


async def schedule_proof_update(tx: Transaction, restart: PendingRestart, now: datetime) -> None:
    """Schedule an update of the message that stands: more instances run the changes, or fewer."""
    turn = int(now.timestamp()) // _PROOFS_TOGETHER + 1
    at = datetime.fromtimestamp(turn * _PROOFS_TOGETHER, UTC)
    await schedule_update(tx, restart, at=at, because=f"proof:{turn}")


async def replan_reminder(tx: Transaction, place: Environment, now: datetime) -> None:
    """Move the next reminder after days, hours or freezes were changed, and update the message that stands.

    A snooze that lies ahead stays where it is.
    """
    restart = await pending.of(tx, place.id)
    if restart is None:
        return
    await schedule_update(tx, await pending.mark_message_outdated(tx, restart.id), at=now)
    if restart.snoozed_until is not None and restart.snoozed_until > now:
        return
    await move_reminder(tx, restart, place, _next_moment(restart, place, now))


async def move_to_channel(tx: Transaction, place: Environment, now: datetime) -> None:
    """Retire the reminder in the channel that the environment has left, and post it in its own one.

    When, is for the calendar to say; a snooze that lies ahead stays where it is. A reminder that was not posted yet
    goes to the environment's channel anyway.
    """
    restart = await pending.of(tx, place.id)
    if restart is None or (standing := _standing(restart)) is None:
        return
    restart = await pending.forget_message(tx, restart.id)
    await _retire(tx, place.id, *standing, at=now, because=":moved")
    if restart.snoozed_until is None or restart.snoozed_until <= now:
        await move_reminder(tx, restart, place, calendar.first_reminder(now, place))


def _next_moment(restart: PendingRestart, place: Environment, now: datetime) -> datetime:
    if restart.snoozed_until is not None:
        # It would have come before, but for a freeze or quiet hours.
        return calendar.due_from(now, place, first=False, chosen=True)
    if restart.occurrence:
        return calendar.next_morning(now, place.timezone, place.schedule)
    return calendar.first_reminder(now, place)


async def _load(due: Loading) -> Loaded[Reminder]:
    found = await _found(due)
    if found is None:
        return None
    restart, environment, connected, proven = found
    occurrence = int(due.payload["occurrence"])
    reminder = Reminder(restart, environment, occurrence, _standing(restart), connected, proven)
    if restart.confirmed_at is not None:
        return Obsolete(reminder) if due.is_unsure else None
    # With a change itself, or in a channel that the environment was moved to: on whatever day, where it is set so.
    announces = _standing(restart) is None or due.payload.get("announces", False)
    first = announces and environment.schedule.at_once
    # It may have been snoozed while it was being sent.
    wanted = max(due.now, restart.snoozed_until or due.now)
    may = calendar.due_from(wanted, environment, first=first, chosen=restart.snoozed_until is not None)
    return Postponed(may, reminder) if may > due.now else reminder


async def _load_update(due: Loading) -> Loaded[ReminderUpdate]:
    found = await _found(due)
    if found is None or _standing(found[0]) is None:
        return None
    return ReminderUpdate(*found)


async def _found(due: Loading) -> tuple[PendingRestart, Environment, bool, Proven | None] | None:
    """Return the restart, its environment, whether that is connected to something that can restart the app, and what
    its instances have proven.
    """
    restart = await pending.get(due.tx, due.item.subject)
    environment = await environments.get(due.tx, restart.environment_id) if restart else None
    if restart is None or environment is None:
        return None
    connected = await connections.of(due.tx, environment.id) is not None
    return restart, environment, connected, await _proven(due, restart)


async def live_instances(tx: ReadTransaction, desk: Desk, environment_id: str, revision: int, now: datetime) -> Running:
    """Count the instances that matter to a proof, and those of them that run at least that revision."""
    since, ended = now - timedelta(hours=desk.policy.instance_hours), now - COMES_BACK_WITHIN
    return await instances.running(tx, environment_id, since=since, ended=ended, revision=revision)


async def _proven(due: Loading, restart: PendingRestart) -> Proven | None:
    wanted = max((one.revision for one in restart.changes), default=0)
    running = await live_instances(due.tx, due.desk, restart.environment_id, wanted, due.now)
    if not running.instances:
        return None
    return Proven(running.current, running.instances, await _version(due, restart))


async def _version(due: Loading, restart: PendingRestart) -> tuple[str, int] | None:
    """Return what all changes lead to, if they are of one certificate that is there."""
    last = restart.changes[-1] if restart.changes else None
    if last is None or last.version_id is None or last.what == "removed":
        return None
    if {one.label for one in restart.changes} != {last.label}:
        return None
    version = await clients.version(due.tx, last.version_id)
    return (version.label, version.number) if version else None


def _standing(restart: PendingRestart) -> tuple[str, str] | None:
    return (restart.message_channel, restart.message_ts) if restart.message_channel and restart.message_ts else None


async def _load_retired(due: Loading) -> Loaded[ReminderRetired]:
    environment = await environments.get(due.tx, due.item.subject)
    where = (str(due.payload["channel"]), str(due.payload["ts"]))
    return ReminderRetired(environment, where) if environment else None


async def _after_reminder(sent: Sent[Reminder]) -> None:
    if sent.facts is not None and sent.receipt is not None:
        await _plan_next(sent, sent.facts, sent.receipt)
        await _retire_previous(sent, sent.facts, sent.receipt)


async def _plan_next(sent: Sent[Reminder], reminder: Reminder, receipt: Receipt) -> None:
    """Record the message, and schedule the next reminder for the working morning after it.

    An earlier attempt's message shows what was known then, and does not know of a snooze that was to end after it.
    """
    tx, snoozed_until = sent.tx, reminder.restart.snoozed_until
    restart = await pending.record_message(
        tx,
        restart_id=reminder.restart.id,
        channel=receipt.channel,
        ts=receipt.ts,
        occurrence=reminder.occurrence,
        put_off=snoozed_until if snoozed_until is not None and snoozed_until <= sent.since else None,
    )
    if receipt.earlier or restart.edition != reminder.restart.edition:
        # Something changed while the message was on its way; its update may have come before there was a message.
        await schedule_update(
            tx, restart, at=sent.now, because=f"edition:{restart.edition}:after:{reminder.occurrence}"
        )
    if restart.confirmed_at is None:
        place = await environments.get(tx, restart.environment_id) or reminder.environment
        # It may have been snoozed while it was on its way.
        again = restart.snoozed_until or calendar.next_morning(sent.since, place.timezone, place.schedule)
        await schedule_reminder(tx, restart, place, occurrence=reminder.occurrence + 1, at=again)
        if place.channel != reminder.environment.channel:
            # The environment was moved while the message was on its way.
            await move_to_channel(tx, place, sent.now)


async def _retire_previous(sent: Sent[Reminder], reminder: Reminder, receipt: Receipt) -> None:
    """Take the buttons off the message before, which this one has now."""
    if reminder.previous not in {None, (receipt.channel, receipt.ts)}:
        channel, ts = reminder.previous or ("", "")
        await _retire(sent.tx, reminder.environment.id, channel, ts, at=sent.now)


async def _retire(
    tx: Transaction, environment_id: str, channel: str, ts: str, *, at: datetime, because: str = ""
) -> None:
    key, payload = f"retired:{channel}:{ts}{because}", {"channel": channel, "ts": ts}
    await RETIRED.schedule(tx, environment_id, key=key, at=at, environment_id=environment_id, payload=payload)


async def _after_update(sent: Sent[ReminderUpdate]) -> None:
    """Show what is newer once more: another replica may have shown it meanwhile, and this update overwrote it."""
    if sent.facts is None:
        return
    shown = sent.facts.restart
    restart = await pending.get(sent.tx, shown.id)
    if sent.receipt is not None and sent.receipt.gone:
        await _post_deleted(sent, sent.facts.environment, restart)
        return
    if restart is None or (restart.edition, restart.message_ts) == (shown.edition, shown.message_ts):
        return
    over = f"over:{shown.edition}"
    if restart.message_ts == shown.message_ts:
        await schedule_update(sent.tx, restart, at=sent.now, because=f"edition:{restart.edition}:{over}")
    elif standing := _standing(shown):
        await _retire(sent.tx, restart.environment_id, *standing, at=sent.now, because=f":{over}")


async def _post_deleted(sent: Sent[ReminderUpdate], place: Environment, restart: PendingRestart | None) -> None:
    """Post the reminder again that somebody has deleted, if it waits still and reminders may come at this hour."""
    if restart is None or restart.confirmed_at is not None or restart.snoozed_until is not None:
        return
    if calendar.first_reminder(sent.now, place) <= sent.now:
        await _post_again(sent.tx, restart, place, sent.now)


def _old_reminder(item: DueItem) -> DueItem:
    return replace(item, payload={"occurrence": int(item.key.rsplit(":", 1)[1])})


def _old_retired(item: DueItem) -> DueItem:
    environment_id, channel, ts = item.subject.split(":")
    return replace(item, subject=environment_id, payload={"channel": channel, "ts": ts})


REMINDER = Kind(
    "reminder", Reminder, _load, "the restart reminder", after=_after_reminder, before_payload=_old_reminder
)
UPDATE = Kind("reminder-update", ReminderUpdate, _load_update, "the change of a restart reminder", after=_after_update)
RETIRED = Kind(
    "reminder-retired",
    ReminderRetired,
    _load_retired,
    "taking the buttons off an older reminder",
    before_payload=_old_retired,
)
