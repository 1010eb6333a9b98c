"""What people read about environments: the list, what changed, settings and change freezes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.desk.base.calendar import Span, current_freezes
from bot.desk.base.errors import SharedChannel
from bot.desk.environments.freezes import Frozen
from bot.desk.environments.removal import Removal
from bot.slack.environments.form import shared_with
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.calendar import clock, day, reminder_days
from bot.slack.kit.escape import channel, code, member
from bot.slack.kit.text import count, folded, listed
from store import Environment, Schedule

SETTINGS = "Settings…"

_CALLED = 10
NOTHING_SET = "Nothing was changed."
ENVIRONMENTS_LISTED = 20
_NAMED = 12


def environment_added(environment: Environment) -> str:
    """Return the answer to `/cert env add`."""
    return (
        f"*{environment.path}* is added to {channel(environment.channel)}. {reminder_times(environment)}; "
        "`/cert env settings` changes that. Next: `/cert add`, or drop a `.pfx` or `.pem` file here."
    )


NOT_SHARED = "Nothing was added or moved. A channel of your own people alone is the better place."


def ask_shared(error: SharedChannel, action: str, value: str) -> Message:
    """Return the question before an environment gets into a channel that other companies see."""
    text = f"{shared_with(error.companies)} Shall {code(error.path, 80)} belong to this channel?"
    yes = blocks.button("Yes, in this channel", action, value, style="danger")
    return blocks.say(text, blocks.actions(yes, blocks.button("No", "environment_not_shared", "no")))


def environment_bound(environment: Environment) -> str:
    """Return the answer to `/cert env bind`."""
    return f"*{environment.path}* belongs to {channel(environment.channel)} now: its cards and reminders come here."


def environment_zone(environment: Environment) -> str:
    """Return the answer to `/cert env timezone`."""
    return f"*{environment.path}* from now on: {reminder_times(environment)}."


def environment_removed(environment: Environment) -> str:
    """Return the answer to `/cert env remove`."""
    return f"*{environment.path}* is removed. `/cert env restore {environment.path}` brings it back as it was."


def environment_restored(environment: Environment) -> str:
    """Return the answer to `/cert env restore`."""
    return f"*{environment.path}* is back with everything that was in it. `/cert list {environment.path}` shows it."


NOT_REMOVED = "Nothing was removed."


def ask_removal(found: Removal, days: int) -> Message:
    """Return the question before an environment is removed with what it holds."""
    held, path = found.holdings, found.environment.path
    counts = ((held.clients, "certificate"), (held.authorities, "CA certificate"), (found.tokens, "token"))
    parts = [count(number, noun) for number, noun in counts if number]
    parts += ["its connection"] if found.connected else []
    text = (
        f"Remove *{path}* with everything in it ({listed(parts)})? Nothing of it is announced any more, and pipelines "
        f"are refused. For {count(days, 'day')} {code(f'/cert env restore {path}')} brings all of it back; "
        "then its keys are destroyed."
    )
    yes = blocks.button("Remove", "environment_remove", found.environment.id, style="danger")
    return blocks.say(text, blocks.actions(yes, blocks.button("Keep", "environment_keep", "no")))


def environments(several: Sequence[Environment], now: datetime, gone: Sequence[Environment] = ()) -> Message:
    """Return the answer to `/cert env list`: each with its calendar and the button *Settings…*.

    ``gone`` are those that were removed and can be restored.
    """
    made = [blocks.section("*Environments of this channel*")]
    for one in several[:ENVIRONMENTS_LISTED]:
        button = blocks.button(SETTINGS, "environment_settings", one.id)
        made.append(blocks.section(list_entry(one, now), accessory=button))
    if len(several) > ENVIRONMENTS_LISTED:
        rest = [one.path for one in several[ENVIRONMENTS_LISTED:]]
        made.append(blocks.section("Further: " + folded(rest, len(rest), longest=2800)))
    if gone:
        removed = folded([code(one.path, 82) for one in gone], _NAMED)
        made.append(blocks.section(f"Removed lately: {removed}. `/cert env restore` brings one back."))
    made.append(blocks.context("`/cert env add`, `bind`, `settings`, `timezone` and `remove` change them."))
    paths = folded([one.path for one in several], _NAMED)
    return Message(f"Environments of this channel: {paths}", tuple(made))


def freeze(environment: Environment, by: str, span: Span | None, now: datetime) -> Message:
    """Return the channel's message about a change freeze that was planned or ended."""
    below = blocks.context(freeze_details(environment, span, now))
    return blocks.say(freeze_title(environment, by, span, now), below)


def ownerless(environment: Environment) -> Message:
    """Return the message that nobody owns the environment any more."""
    left = listed([member(one) for one in environment.owners[:_CALLED]])
    text = (
        f"Nobody owns *{environment.path}* in {channel(environment.channel)} any more: {left} left the channel, or the "
        "company. Its settings, tokens and approvals wait until a workspace admin names new owners."
    )
    return blocks.say(text, blocks.actions(blocks.button(SETTINGS, "environment_settings", environment.id)))


def reminder_times(environment: Environment) -> str:
    """Return when people are reminded of a change."""
    first = "with each change and then " if environment.schedule.at_once else ""
    return f"Reminders come {first}{reminder_days(environment)}"


def quiet_hours(schedule: Schedule) -> str:
    """Return the quiet hours; empty if there are none."""
    if schedule.quiet is None:
        return ""
    return f"Between {clock(schedule.quiet[0])} and {clock(schedule.quiet[1])} I keep quiet."


def mentioned_owners(environment: Environment) -> str:
    """Return which owners are mentioned, and after how many reminders."""
    patience = environment.schedule.patience
    after = "the first reminder" if patience == 1 else f"{patience} reminders"
    people = [member(one) for one in environment.owners[:_CALLED]]
    return f"After {after} without an answer I mention {listed(people)}." if people else "Nobody is mentioned."


def expiry_thresholds(environment: Environment, own: Iterable[int]) -> str:
    """Return the expiry thresholds; ``own`` are the operator's."""
    thresholds = environment.schedule.thresholds
    numbers = sorted(own if thresholds is None else thresholds, reverse=True)
    ahead = [str(one) for one in numbers if one]
    before = [f"{listed(ahead)} {'day' if ahead == ['1'] else 'days'} before"] if ahead else []
    itself = ["on the day itself"] if 0 in numbers else []
    return f"An expiry is announced {listed([*before, *itself])}."


def freeze_list(spans: Sequence[Span], most: int = 5) -> str:
    """Return the change freezes; empty if there are none."""
    return f"Change freeze: {_spans(spans, most)}." if spans else ""


def _spans(spans: Sequence[Span], most: int) -> str:
    shown = [f"{day(first)} to {day(last)}" if first != last else day(first) for first, last in spans[:most]]
    rest = len(spans) - len(shown)
    return ", ".join([*shown, *([f"and {rest} more"] if rest else [])])


def all_settings(environment: Environment, own: Iterable[int], now: datetime) -> str:
    """Return all settings, in sentences."""
    parts = [
        f"{reminder_times(environment)}.",
        quiet_hours(environment.schedule),
        mentioned_owners(environment),
        expiry_thresholds(environment, own),
        freeze_list(current_freezes(environment, now)),
    ]
    return " ".join(part for part in parts if part)


def settings_changed(environment: Environment, own: Iterable[int], now: datetime) -> str:
    """Return the answer to a form that changed something."""
    return f"*{environment.path}* from now on: {all_settings(environment, own, now)}"


def settings_unchanged(environment: Environment, own: Iterable[int], now: datetime) -> str:
    """Return the answer to a form that changed nothing."""
    return f"{NOTHING_SET} *{environment.path}*: {all_settings(environment, own, now)}"


def list_entry(environment: Environment, now: datetime) -> str:
    """Return an environment's lines in the list."""
    parts = [
        f"{reminder_times(environment)}.",
        quiet_hours(environment.schedule),
        mentioned_owners(environment),
        freeze_list(current_freezes(environment, now)),
    ]
    return f"*{environment.path}*\n" + " ".join(part for part in parts if part)


def freeze_title(environment: Environment, by: str, span: Span | None, now: datetime) -> str:
    """Return the first line about a change freeze that was planned, or about one or all that were ended."""
    if span is None and current_freezes(environment, now):
        return f"*{environment.path}* has one change freeze fewer: {member(by)} ended it"
    if span is None:
        return f"*{environment.path}* has no change freeze any more: {member(by)} ended it"
    first, last = span
    when = f"on {day(first)}" if first == last else f"from {day(first)} to {day(last)}"
    days_of_it = "on this day" if first == last else "on these days"
    return f"*{environment.path}* has a change freeze {when}, by {member(by)}: no reminders to restart {days_of_it}"


def freeze_details(environment: Environment, span: Span | None, now: datetime) -> str:
    """Return the small print: what a freeze does not change, what else is frozen, how to end it."""
    if span is None:
        left = current_freezes(environment, now)
        return f"{reminder_times(environment)}." + (f" Still frozen: {_spans(left, 5)}." if left else "")
    goes_on = "Pending restarts stay pending, and what expires is announced as usual."
    everything = current_freezes(environment, now)
    if everything in {(), (span,)}:
        return f"{goes_on} {end_command(environment)} ends it early."
    ended = "ends it" if len(everything) == 1 else "ends all of them"
    return f"{goes_on} All change freezes: {_spans(everything, 5)}. {end_command(environment)} {ended} early."


def end_command(environment: Environment) -> str:
    """Return the command that ends the change freezes of an environment."""
    return code(f"/cert freeze none {environment.path}")


def freeze_answer(one: Frozen) -> str:
    """Return the answer to `/cert freeze`."""
    path = f"*{one.environment.path}*"
    if one.spans:
        if len(one.spans) == 1:
            return f"{path} has a change freeze: {_spans(one.spans, 20)}. {end_command(one.environment)} ends it."
        single = code(f"/cert freeze none {one.spans[0][0]} {one.environment.path}")
        every = f"{end_command(one.environment)} ends all of them, {single} the one with that day"
        return f"{path} has a change freeze: {_spans(one.spans, 20)}. {every}."
    if one.changed:
        return f"{path} has no change freeze any more."
    how = code(f"/cert freeze 2026-12-20 2027-01-05 {one.environment.path}")
    return f"{path} has no change freeze. {how} holds its reminders back on those days, the last one included."
