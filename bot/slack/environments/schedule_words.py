"""Sentences about an environment's calendar: when reminders come, when they rest, who is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.desk.base import calendar
from bot.desk.base.calendar import Span
from bot.desk.environments.freezes import Frozen
from bot.slack.kit.escape import code, member
from store import Environment, Schedule

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CALLED = 10
SAVING = "This takes a moment. The answer comes here, and in a message where you close this window."
NOTHING_SET = "Nothing was changed."


def mornings(place: Environment) -> str:
    """``Monday to Friday at 09:00 (Europe/Berlin)``."""
    return f"{days(place.schedule.working_days)} at {clock(place.schedule.morning)} ({place.timezone})"


def days(working: Sequence[int]) -> str:
    """Days of the week as people say them, whichever day a week begins on; none are all."""
    chosen = sorted(set(working)) or list(range(7))
    if len(chosen) == 7:
        return "every day"
    runs = _runs(chosen)
    if len(runs) == 1 and len(chosen) > 2:
        return f"{DAYS[runs[0][0]]} to {DAYS[runs[0][-1]]}"
    return listed([DAYS[day] for day in chosen])


def _runs(chosen: Sequence[int]) -> list[list[int]]:
    """Days that follow one another, over Sunday too."""
    runs: list[list[int]] = []
    for day in chosen:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][-1] == 6:
        runs[0] = runs.pop() + runs[0]
    return runs


def listed(several: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(several[:-1]), several[-1]] if len(several) > 1 else several)


def clock(moment: time) -> str:
    """A time of day."""
    return f"{moment:%H:%M}"


def day(one: date) -> str:
    """A day of the environment's own calendar; a date that Slack formats would be that of the reader's zone."""
    return f"{one.day} {one:%B} {one.year}"


def next_morning(moment: datetime, zone: str) -> str:
    """When the next working morning is, there."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M} in {zone}"


def comes_back(place: Environment, now: datetime) -> str:
    """When a reminder comes back that stands now: its days, and whether a freeze holds it back before that."""
    if (resumes := resting_until(place, now)) is not None:
        return f"Reminders rest until {resumes} (change freeze), then I come back {mornings(place)}"
    return f"I come back {mornings(place)}"


def resting_until(place: Environment, now: datetime) -> str | None:
    """The day of the next reminder, where a freeze moves it there; None where none does."""
    schedule = place.schedule
    if not calendar.current_freezes(place, now):
        return None
    resumes = calendar.next_morning(now, place.timezone, schedule)
    unfrozen = Schedule(morning=schedule.morning, working_days=schedule.working_days, quiet=schedule.quiet)
    if resumes == calendar.next_morning(now, place.timezone, unfrozen):
        return None
    return day(resumes.astimezone(ZoneInfo(place.timezone)).date())


def frozen_until(place: Environment, now: datetime) -> str:
    """The last day of the freeze that is on now; empty where none is."""
    today = now.astimezone(ZoneInfo(place.timezone)).date()
    return next((day(last) for first, last in place.schedule.freezes if first <= today <= last), "")


def reminded(place: Environment) -> str:
    """When people are reminded of a change."""
    first = "with each change and then " if place.schedule.at_once else ""
    return f"Reminders come {first}{mornings(place)}"


def quiet(schedule: Schedule) -> str:
    """The hours without messages; empty where there are none."""
    if schedule.quiet is None:
        return ""
    return f"Between {clock(schedule.quiet[0])} and {clock(schedule.quiet[1])} I keep quiet."


def called(place: Environment) -> str:
    """Who is called, and after how many reminders."""
    patience = place.schedule.patience
    after = "the first reminder" if patience == 1 else f"{patience} reminders"
    people = [member(one) for one in place.owners[:_CALLED]]
    return f"After {after} without an answer I call {listed(people)}." if people else "Nobody is called."


def announced(place: Environment, own: Iterable[int]) -> str:
    """How many days before an end it is announced; ``own`` are the bot's own."""
    thresholds = place.schedule.thresholds
    numbers = sorted(own if thresholds is None else thresholds, reverse=True)
    ahead = [str(one) for one in numbers if one]
    before = [f"{listed(ahead)} {'day' if ahead == ['1'] else 'days'} before"] if ahead else []
    itself = ["on the day itself"] if 0 in numbers else []
    return f"An end is announced {listed([*before, *itself])}."


def frozen_spans(spans: Sequence[Span], most: int = 5) -> str:
    """Freezes; empty where there are none."""
    return f"Change freeze: {_spans(spans, most)}." if spans else ""


def _spans(spans: Sequence[Span], most: int) -> str:
    shown = [f"{day(first)} to {day(last)}" if first != last else day(first) for first, last in spans[:most]]
    rest = len(spans) - len(shown)
    return ", ".join([*shown, *([f"and {rest} more"] if rest else [])])


def holds_now(place: Environment, own: Iterable[int], now: datetime) -> str:
    """Everything that is set, in sentences."""
    parts = [
        f"{reminded(place)}.",
        quiet(place.schedule),
        called(place),
        announced(place, own),
        frozen_spans(calendar.current_freezes(place, now)),
    ]
    return " ".join(part for part in parts if part)


def settings_changed(place: Environment, own: Iterable[int], now: datetime) -> str:
    """Answered to who changed something."""
    return f"*{place.path}* from now on: {holds_now(place, own, now)}"


def settings_unchanged(place: Environment, own: Iterable[int], now: datetime) -> str:
    """Answered to who changed nothing."""
    return f"{NOTHING_SET} *{place.path}*: {holds_now(place, own, now)}"


def in_list(place: Environment, now: datetime) -> str:
    """An environment in a list of them."""
    parts = [
        f"{reminded(place)}.",
        quiet(place.schedule),
        called(place),
        frozen_spans(calendar.current_freezes(place, now)),
    ]
    return f"*{place.path}*\n" + " ".join(part for part in parts if part)


def frozen(place: Environment, by: str, span: Span | None, now: datetime) -> str:
    """Told to the channel when a freeze was planned, or one or all of them were taken back."""
    if span is None and calendar.current_freezes(place, now):
        return f"*{place.path}* has a change freeze less: {member(by)} ended it"
    if span is None:
        return f"*{place.path}* has no change freeze any more: {member(by)} ended it"
    first, last = span
    when = f"on {day(first)}" if first == last else f"from {day(first)} to {day(last)}"
    days_of_it = "on this day" if first == last else "on these days"
    return f"*{place.path}* has a change freeze {when}, by {member(by)}: no reminders to restart {days_of_it}"


def below_freeze(place: Environment, span: Span | None, now: datetime) -> str:
    """Under that: what it does not change, what else is frozen, and how to end it."""
    if span is None:
        left = calendar.current_freezes(place, now)
        return f"{reminded(place)}." + (f" Still frozen: {_spans(left, 5)}." if left else "")
    goes_on = "What waits for a restart goes on waiting, and what ends is announced all the same."
    everything = calendar.current_freezes(place, now)
    if everything in {(), (span,)}:
        return f"{goes_on} {ends_by(place)} ends it early."
    ended = "ends it" if len(everything) == 1 else "ends all of that"
    return f"{goes_on} All that is frozen: {_spans(everything, 5)}. {ends_by(place)} {ended} early."


def ends_by(place: Environment) -> str:
    """The command that ends the freezes of an environment."""
    return code(f"/cert freeze none {place.path}")


def freezes_now(one: Frozen) -> str:
    """Answered to who asked, or changed it."""
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
