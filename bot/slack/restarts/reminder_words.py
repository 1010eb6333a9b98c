"""What is said about restarts that are pending, put off, or confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.desk.restarts.pending import CERTDESK
from bot.slack.certificates.words import folded
from bot.slack.environments import schedule_words
from bot.slack.kit import labels, times
from bot.slack.kit.escape import code
from bot.slack.kit.people import named, owners
from bot.slack.kit.times import count
from store import Change, Environment, PendingRestart

CHOOSE_MOMENT = "Choose the time at which the reminder shall come back."
PAST_MOMENT = "Choose a time that is still to come, at most a month ahead."


def waits(environment: Environment) -> str:
    """The first line of a reminder."""
    return f"*{environment.path} waits for a restart*"


def what_to_do(restart: PendingRestart, environment: Environment, occurrence: int) -> str:
    """Asked of the channel; after some reminders of the environment's owners, by name."""
    asked = f"Restart the app so that it loads this, then click *{labels.RESTARTED}*."
    called = owners(environment)
    if occurrence <= environment.schedule.patience or not called:
        return asked
    since = times.minute(restart.opened_at, environment.timezone)
    return f"{called}: *No restart was confirmed since {since}.* {asked}"


def restarted(restart: PendingRestart, environment: Environment) -> str:
    """The reminder once it is confirmed."""
    when = times.minute(restart.confirmed_at, environment.timezone) if restart.confirmed_at else "now"
    who = named(restart.confirmed_by or "")
    if (restart.confirmed_by or "").startswith(CERTDESK):
        return f"*{environment.path} was restarted* by {who}, {when}"
    return f"*{environment.path} was restarted*: {who} confirmed it, {when}"


def put_off(restart: PendingRestart, environment: Environment, until: datetime) -> str:
    """Who snoozed, and till when."""
    who = named(restart.snoozed_by or "")
    return f"{who} put this off: I come back {times.minute(until, environment.timezone)}"


def put_off_to(restart: PendingRestart, environment: Environment, *, moved: bool) -> str:
    """Said to who snoozed where no message shows it, or a freeze or quiet hours hold it back longer."""
    when = times.minute(restart.snoozed_until, environment.timezone) if restart.snoozed_until else "later"
    why = " A change freeze or quiet hours hold it back until then." if moved else ""
    return f"I remind *{environment.path}* of its restart {when}.{why}"


def schedule(restart: PendingRestart, environment: Environment, occurrence: int, now: datetime) -> str:
    """When it comes back."""
    again = f"Waiting since {times.minute(restart.opened_at, environment.timezone)}. " if occurrence > 1 else ""
    return f"{again}{schedule_words.comes_back(environment, now)} until someone confirms."


def superseded(environment: Environment) -> str:
    """An old reminder, once a newer one stands below."""
    return f"{environment.path} waited for a restart here; a newer reminder stands below."


def change(one: Change) -> str:
    """One change that the app has not loaded."""
    return f"{_change(one)}, {named(one.by)}"


def _change(one: Change) -> str:
    if one.what == "imported" and one.count > 1:
        return f"{code(one.label)} and {count(one.count - 1, 'other certificate', 'other certificates')} imported"
    if one.what == "authorities_added" and one.count > 1:
        rest = count(one.count - 1, "other authority", "other authorities")
        return f"{code(one.label)} and {rest} added"
    done = {
        "deposited": "added",
        "replaced": "has a new version",
        "removed": "removed",
        "authorities_added": "added as an authority",
        "authority_removed": "removed as an authority",
        "rolled_back": "turned back to an older version",
        "restored": "restored",
        "authority_restored": "restored as an authority",
        "pinned": "has other pins",
        "imported": "imported",
    }
    return f"{code(one.label)} {done.get(one.what, 'changed')}"


def changes(several: Iterable[Change], most: int = 10) -> str:
    """What the app has not loaded yet, newest first, a line each."""
    return folded([f"•  {change(one)}" for one in reversed(tuple(several))], most, "\n")


def nothing_pending(environment: Environment) -> str:
    """`/cert restart` where all is loaded."""
    return f"Nothing waits for a restart in *{environment.path}*."


def all_clear(environment: Environment) -> str:
    """`/cert restart done` where nothing was pending, and an alarm was."""
    return f"The alarm of *{environment.path}* is over. Nothing waits for a restart there."


def confirmed_before(restart: PendingRestart, environment: Environment) -> str:
    """A click on Restarted that came second."""
    return f"{restarted(restart, environment)}. Nothing more is to do."
