"""The restart reminder in its states, and the form that puts it off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.desk.base.calendar import free_from
from bot.desk.restarts.pending import CERTDESK, Confirmed, undo_until
from bot.desk.restarts.reminders import PROOF, Proven
from bot.slack.kit import blocks, calendar, labels, modals, times
from bot.slack.kit.blocks import Block, Message, View
from bot.slack.kit.escape import channel, code
from bot.slack.kit.people import named, owners
from bot.slack.kit.text import count, folded
from bot.slack.restarts import progress
from store import Change, Environment, PendingRestart

CHOOSE_MOMENT = "Choose when you want to be reminded."
PAST_MOMENT = "Choose a time that is still to come, at most a month ahead."


def waits(environment: Environment) -> str:
    """Return the first line of a reminder."""
    return f"*{environment.path} waits for a restart*"


def what_to_do(restart: PendingRestart, environment: Environment, occurrence: int) -> str:
    """Return what to do; after ``patience`` reminders the environment's owners are mentioned."""
    asked = f"Restart the app so that it loads this, then click *{labels.RESTARTED}*."
    called = owners(environment)
    if occurrence <= environment.schedule.patience or not called:
        return asked
    since = times.minute(restart.opened_at, environment.timezone)
    return f"{called}: *No restart was confirmed since {since}.* {asked}"


def restarted(restart: PendingRestart, environment: Environment, proven: Proven | None = None) -> str:
    """Return the first line of a reminder that was confirmed, or proven by the app's instances."""
    when = times.minute(restart.confirmed_at, environment.timezone) if restart.confirmed_at else "now"
    by = restart.confirmed_by or ""
    if by.startswith(PROOF):
        number = int(by.removeprefix(PROOF))
        return f"*{environment.path} was restarted*: {run_it(number, number, proven, restart)}, {when}"
    if by.startswith(CERTDESK):
        return f"*{environment.path} was restarted* by {named(by)}, {when}"
    confirmed = f"*{environment.path} was restarted*: {named(by)} confirmed it, {when}"
    if proven is None:
        return confirmed
    return f"{confirmed}. That is not proven: {run_it(proven.loaded, proven.instances, proven, restart)}"


def run_it(loaded: int, instances: int, proven: Proven | None, restart: PendingRestart) -> str:
    """Return how many of the app's instances run the changes."""
    what = "this change" if len(restart.changes) == 1 else "these changes"
    if proven and proven.version:
        what = f"{code(proven.version[0])} version {proven.version[1]}"
    return f"{loaded} of {count(instances, 'instance')} {'runs' if loaded == 1 else 'run'} {what}"


def put_off(restart: PendingRestart, environment: Environment, until: datetime) -> str:
    """Return who snoozed the reminder, and until when."""
    who = named(restart.snoozed_by or "")
    return f"{who} snoozed this. Next reminder: {times.minute(until, environment.timezone)}"


def put_off_to(restart: PendingRestart, environment: Environment, *, moved: bool) -> str:
    """Return the answer to a snooze if no message shows it, or if a freeze or quiet hours hold it back longer."""
    when = times.minute(restart.snoozed_until, environment.timezone) if restart.snoozed_until else "later"
    why = " A change freeze or quiet hours moved it there." if moved else ""
    return f"Next restart reminder for *{environment.path}*: {when}.{why}"


def schedule(restart: PendingRestart, environment: Environment, occurrence: int, now: datetime) -> str:
    """Return when the reminder comes back."""
    again = f"Waiting since {times.minute(restart.opened_at, environment.timezone)}. " if occurrence > 1 else ""
    return f"{again}{calendar.next_reminder(environment, now)} until someone marks it as restarted."


def change(one: Change) -> str:
    """Return one change that the app has not loaded."""
    return f"{_change(one)}, {named(one.by)}"


def _change(one: Change) -> str:
    if one.what == "imported" and one.count > 1:
        return f"{code(one.label)} and {count(one.count - 1, 'other certificate', 'other certificates')} imported"
    if one.what == "authorities_added" and one.count > 1:
        rest = count(one.count - 1, "other CA certificate")
        return f"{code(one.label)} and {rest} added"
    done = {
        "deposited": "added",
        "replaced": "has a new version",
        "removed": "removed",
        "authorities_added": "added as a CA certificate",
        "authority_removed": "removed as a CA certificate",
        "rolled_back": "rolled back to an older version",
        "restored": "restored",
        "authority_restored": "restored as a CA certificate",
        "pinned": "has new pins",
        "imported": "imported",
    }
    return f"{code(one.label)} {done.get(one.what, 'changed')}"


def changes(several: Iterable[Change], most: int = 10) -> str:
    """Return the changes that the app has not loaded, the newest first, a line each."""
    return folded([f"•  {change(one)}" for one in reversed(tuple(several))], most, "\n")


def nothing_pending(environment: Environment) -> str:
    """Return the answer if nothing is pending."""
    return f"Nothing waits for a restart in *{environment.path}*."


def confirmed_before(restart: PendingRestart, environment: Environment) -> str:
    """Return the answer to a second confirmation."""
    return f"{restarted(restart, environment)}. There is nothing more to do."


def pending(
    restart: PendingRestart,
    environment: Environment,
    occurrence: int,
    now: datetime,
    *,
    connected: bool = False,
    proven: Proven | None = None,
) -> Message:
    """Return the reminder with every change; ``connected`` adds the button *Restart now…*.

    ``proven`` says how far the app's instances are, which close it by themselves.
    """
    title, let_me = waits(environment), f" {progress.OR_LET_ME}" if connected else ""
    return Message(
        title,
        (
            blocks.section(title),
            blocks.section(changes(restart.changes)),
            blocks.section(f"{what_to_do(restart, environment, occurrence)}{let_me}"),
            *([blocks.context(_so_far(restart, proven))] if proven else []),
            _buttons(restart, environment, connected=connected),
            blocks.context(_when(restart, environment, occurrence, now)),
        ),
    )


def _so_far(restart: PendingRestart, proven: Proven) -> str:
    so_far = run_it(proven.loaded, proven.instances, proven, restart)
    return f"{so_far}. This closes by itself once all of them do."


def looked_at(restart: PendingRestart, environment: Environment) -> Message:
    """Return what is pending, for guests, who cannot confirm it."""
    title = waits(environment)
    return blocks.say(title, blocks.section(changes(restart.changes)))


def current(
    restart: PendingRestart,
    environment: Environment,
    now: datetime,
    *,
    connected: bool = False,
    proven: Proven | None = None,
) -> Message:
    """Return the reminder as it is now: pending, snoozed, or confirmed."""
    if restart.confirmed_at is None:
        return pending(restart, environment, restart.occurrence, now, connected=connected, proven=proven)
    title, until = restarted(restart, environment, proven), undo_until(restart)
    undo = [blocks.actions(blocks.button(labels.UNDO, "restart_undo", restart.id))] if until and now < until else []
    return blocks.say(title, blocks.context(changes(restart.changes)), *undo)


def superseded(environment: Environment, where: str) -> Message:
    """Return the text of an old reminder in the channel ``where``, which a newer one replaces."""
    text = f"A newer restart reminder for {environment.path} is below."
    if where != environment.channel:
        text = (
            f"{environment.path} belongs to {channel(environment.channel)} now: its restart reminder is posted there."
        )
    return Message(text, (blocks.context(text),))


def _buttons(restart: PendingRestart, environment: Environment, *, connected: bool) -> Block:
    now = [progress.restart_now(f"restart:{restart.id}", environment)] if connected else []
    return blocks.actions(
        # With how many changes were shown: what comes between reading and clicking is not confirmed with them.
        blocks.button(labels.RESTARTED, "restart_done", f"{restart.id}:{len(restart.changes)}", style="primary"),
        *now,
        blocks.button(labels.REMIND, "restart_later", restart.id),
    )


def _when(restart: PendingRestart, environment: Environment, occurrence: int, now: datetime) -> str:
    if restart.snoozed_until is not None:
        # A freeze or quiet hours that were set since hold it back longer.
        until = free_from(restart.snoozed_until, environment.timezone, environment.schedule)
        return put_off(restart, environment, until)
    return schedule(restart, environment, occurrence, now)


def remind(restart_id: str, where: Environment, *, morning: datetime) -> View:
    """Return the form that asks when the reminder comes back; ``morning`` is the next regular one."""
    choices = [
        blocks.option("In one hour", "hour"),
        blocks.option(
            "With the next regular reminder",
            "morning",
            about=_in_words(morning, where.timezone)[: blocks.OPTION],
        ),
        blocks.option("At the time below", "chosen"),
    ]
    asked = [
        blocks.section(f"The restart of *{where.path}* stays pending. This moves only the reminder."),
        blocks.input_("when", "Remind this channel again", blocks.radio(choices, chosen="hour")),
        blocks.input_(
            "at",
            "Time",
            blocks.time_input(morning),
            optional=True,
            hint="Used with the last choice, or if you change it.",
        ),
    ]
    return modals.form("remind", "Remind me", asked, about=restart_id, submit="Remind me")


def _in_words(moment: datetime, zone: str) -> str:
    """Return a time in the environment's zone, with the day of the week."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M} in {zone}"


def answered(confirmed: Confirmed) -> str:
    """Return the answer to a confirmation; only the first one counts."""
    if confirmed.first:
        return restarted(confirmed.restart, confirmed.environment)
    return confirmed_before(confirmed.restart, confirmed.environment)
