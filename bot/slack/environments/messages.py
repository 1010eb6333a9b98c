"""What people read about environments: the list, what changed, settings and change freezes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.desk.environments.freezes import Frozen, Span, current
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.calendar import clock, day, mornings
from bot.slack.kit.escape import channel, code, member
from bot.slack.kit.text import folded, listed
from store import Environment, Schedule

SETTINGS = "Settings…"

_CALLED = 10
NOTHING_SET = "Nothing was changed."
ENVIRONMENTS_LISTED = 20
_NAMED = 12


def environment_added(environment: Environment) -> str:
    """Return the answer to `/cert env add`."""
    return (
        f"*{environment.path}* is added to {channel(environment.channel)}. {reminded(environment)}; "
        "`/cert env settings` changes that. Next: `/cert add`, or drop a `.pfx` or `.pem` file here."
    )


def environment_bound(environment: Environment) -> str:
    """Return the answer to `/cert env bind`."""
    return f"*{environment.path}* belongs to {channel(environment.channel)} now: its cards and reminders come here."


def environment_zone(environment: Environment) -> str:
    """Return the answer to `/cert env timezone`."""
    return f"*{environment.path}* from now on: {reminded(environment)}."


def environment_removed(environment: Environment) -> str:
    """Return the answer to `/cert env remove`."""
    return f"*{environment.path}* is removed. `/cert env add {environment.path}` would begin it anew, empty."


def environments(several: Sequence[Environment], now: datetime) -> Message:
    """Return the answer to `/cert env list`: each with its calendar and the button *Settings…*."""
    made = [blocks.section("*Environments of this channel*")]
    for one in several[:ENVIRONMENTS_LISTED]:
        button = blocks.button(SETTINGS, "environment_settings", one.id)
        made.append(blocks.section(in_list(one, now), accessory=button))
    if len(several) > ENVIRONMENTS_LISTED:
        rest = [one.path for one in several[ENVIRONMENTS_LISTED:]]
        made.append(blocks.section("Further: " + folded(rest, len(rest), longest=2800)))
    made.append(blocks.context("`/cert env add`, `bind`, `settings`, `timezone` and `remove` change them."))
    paths = folded([one.path for one in several], _NAMED)
    return Message(f"Environments of this channel: {paths}", tuple(made))


def freeze(place: Environment, by: str, span: Span | None, now: datetime) -> Message:
    """Return the channel's message about a change freeze that was planned or ended."""
    below = blocks.context(below_freeze(place, span, now))
    return blocks.say(frozen(place, by, span, now), below)


def reminded(place: Environment) -> str:
    """Return when people are reminded of a change."""
    first = "with each change and then " if place.schedule.at_once else ""
    return f"Reminders come {first}{mornings(place)}"


def quiet(schedule: Schedule) -> str:
    """Return the quiet hours; empty if there are none."""
    if schedule.quiet is None:
        return ""
    return f"Between {clock(schedule.quiet[0])} and {clock(schedule.quiet[1])} I keep quiet."


def called(place: Environment) -> str:
    """Return which owners are mentioned, and after how many reminders."""
    patience = place.schedule.patience
    after = "the first reminder" if patience == 1 else f"{patience} reminders"
    people = [member(one) for one in place.owners[:_CALLED]]
    return f"After {after} without an answer I call {listed(people)}." if people else "Nobody is called."


def announced(place: Environment, own: Iterable[int]) -> str:
    """Return the expiry thresholds; ``own`` are the operator's."""
    thresholds = place.schedule.thresholds
    numbers = sorted(own if thresholds is None else thresholds, reverse=True)
    ahead = [str(one) for one in numbers if one]
    before = [f"{listed(ahead)} {'day' if ahead == ['1'] else 'days'} before"] if ahead else []
    itself = ["on the day itself"] if 0 in numbers else []
    return f"An end is announced {listed([*before, *itself])}."


def frozen_spans(spans: Sequence[Span], most: int = 5) -> str:
    """Return the change freezes; empty if there are none."""
    return f"Change freeze: {_spans(spans, most)}." if spans else ""


def _spans(spans: Sequence[Span], most: int) -> str:
    shown = [f"{day(first)} to {day(last)}" if first != last else day(first) for first, last in spans[:most]]
    rest = len(spans) - len(shown)
    return ", ".join([*shown, *([f"and {rest} more"] if rest else [])])


def holds_now(place: Environment, own: Iterable[int], now: datetime) -> str:
    """Return all settings, in sentences."""
    parts = [
        f"{reminded(place)}.",
        quiet(place.schedule),
        called(place),
        announced(place, own),
        frozen_spans(current(place, now)),
    ]
    return " ".join(part for part in parts if part)


def settings_changed(place: Environment, own: Iterable[int], now: datetime) -> str:
    """Return the answer to a form that changed something."""
    return f"*{place.path}* from now on: {holds_now(place, own, now)}"


def settings_unchanged(place: Environment, own: Iterable[int], now: datetime) -> str:
    """Return the answer to a form that changed nothing."""
    return f"{NOTHING_SET} *{place.path}*: {holds_now(place, own, now)}"


def in_list(place: Environment, now: datetime) -> str:
    """Return an environment's lines in the list."""
    parts = [f"{reminded(place)}.", quiet(place.schedule), called(place), frozen_spans(current(place, now))]
    return f"*{place.path}*\n" + " ".join(part for part in parts if part)


def frozen(place: Environment, by: str, span: Span | None, now: datetime) -> str:
    """Return the first line about a change freeze that was planned, or about one or all that were ended."""
    if span is None and current(place, now):
        return f"*{place.path}* has a change freeze less: {member(by)} ended it"
    if span is None:
        return f"*{place.path}* has no change freeze any more: {member(by)} ended it"
    first, last = span
    when = f"on {day(first)}" if first == last else f"from {day(first)} to {day(last)}"
    days_of_it = "on this day" if first == last else "on these days"
    return f"*{place.path}* has a change freeze {when}, by {member(by)}: no reminders to restart {days_of_it}"


def below_freeze(place: Environment, span: Span | None, now: datetime) -> str:
    """Return the small print: what a freeze does not change, what else is frozen, how to end it."""
    if span is None:
        left = current(place, now)
        return f"{reminded(place)}." + (f" Still frozen: {_spans(left, 5)}." if left else "")
    goes_on = "What waits for a restart goes on waiting, and what ends is announced all the same."
    everything = current(place, now)
    if everything in {(), (span,)}:
        return f"{goes_on} {ends_by(place)} ends it early."
    ended = "ends it" if len(everything) == 1 else "ends all of that"
    return f"{goes_on} All that is frozen: {_spans(everything, 5)}. {ends_by(place)} {ended} early."


def ends_by(place: Environment) -> str:
    """Return the command that ends the change freezes of an environment."""
    return code(f"/cert freeze none {place.path}")


def freezes_now(one: Frozen) -> str:
    """Return the answer to `/cert freeze`."""
    place = f"*{one.environment.path}*"
    if one.spans:
        if len(one.spans) == 1:
            return f"{place} has a change freeze: {_spans(one.spans, 20)}. {ends_by(one.environment)} ends it."
        single = code(f"/cert freeze none {one.spans[0][0]} {one.environment.path}")
        every = f"{ends_by(one.environment)} ends all of them, {single} the one with that day"
        return f"{place} has a change freeze: {_spans(one.spans, 20)}. {every}."
    if one.changed:
        return f"{place} has no change freeze any more."
    how = code(f"/cert freeze 2026-12-20 2027-01-05 {one.environment.path}")
    return f"{place} has no change freeze. {how} holds its reminders back on those days, the last one included."
