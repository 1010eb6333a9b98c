"""Sentences of the App Home tab: what waits, what ends, and why something may be missing there."""

from __future__ import annotations

from datetime import datetime

from bot.desk.expiry.warnings import ExpiringItem
from bot.desk.home import AtHome, Waiting
from bot.slack.certificates.words import folded
from bot.slack.kit import times
from bot.slack.kit.escape import channel, code
from bot.slack.kit.times import count
from store import Version

WAITING = "Waits for a restart"
ENDING = "Ends within 30 days"
NOTHING_ENDS = "Nothing ends within 30 days."
NO_SCOPE = (
    "Only environments that you own are shown: Slack does not let me see which channels you are in. "
    "A workspace admin reinstalls Certdesk with `channels:read` and `groups:read` to change that."
)
NO_ANSWER = (
    "Only environments that you own are shown: Slack did not tell me just now which channels you are in. "
    "Open this tab again in a minute."
)


def nothing_waits(found: AtHome, *, everything: bool) -> str:
    """Where nothing is pending, or there is nothing that could be; ``everything`` is whether all channels are known."""
    if not everything:
        return "Nothing of what you own."
    if not found.environments_count:
        return "No environment belongs to a channel that you are in. Below stands how to begin."
    return "Nothing: every app has loaded what it should."


def waiting(one: Waiting) -> str:
    """An environment that waits: where, since when, for how much, and when its channel hears of it next."""
    place, restart = one.environment, one.restart
    since = times.minute(restart.opened_at, place.timezone)
    labels = folded([code(label, 64) for label in dict.fromkeys(change.label for change in restart.changes)], 5)
    lines = [
        f"*{place.path}* in {channel(place.channel)}",
        f"{count(len(restart.changes), 'change')} not loaded since {since}: {labels}",
    ]
    if one.reminder is not None:
        lines.append(f"Next reminder: {times.minute(one.reminder, place.timezone)}")
    return "\n".join(lines)


def more_waiting(number: int) -> str:
    """What does not fit."""
    return f"and {number} more, waiting for a shorter time. `/cert restart` in a channel shows what waits there."


def endings(found: AtHome, now: datetime) -> str:
    """A line each, soonest first, and how many more there are."""
    lines = [ending(one, now) for one in found.endings]
    # What was not read counts with what does not fit.
    unread = [""] * (found.endings_count - len(lines))
    return folded([*lines, *unread], len(lines), "\n", longest=2800)


def ending(one: ExpiringItem, now: datetime) -> str:
    """One thing that ends, and where."""
    name = one.target.label if isinstance(one.target, Version) else one.target.name
    where = f"in *{one.environment.path}*, {channel(one.environment.channel)}"
    when = times.day(one.ends)
    if one.ends <= now:
        return f"•  {code(name, 80)} {where}: *has ended* ({when})"
    return f"•  {code(name, 80)} {where}: ends {times.days_until(one.ends, now, one.environment.timezone)} ({when})"
