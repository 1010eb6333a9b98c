"""Days, times of day and change freezes of an environment's calendar, as several features show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.desk.base import calendar
from bot.desk.environments.freezes import current
from bot.slack.kit.text import listed
from store import Environment, Schedule

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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


def clock(moment: time) -> str:
    """A time of day."""
    return f"{moment:%H:%M}"


def day(one: date) -> str:
    """A day of the environment's own calendar; a date that Slack formats would be that of the reader's zone."""
    return f"{one.day} {one:%B} {one.year}"


def comes_back(place: Environment, now: datetime) -> str:
    """When a reminder comes back that stands now: its days, and whether a freeze holds it back before that."""
    if (resumes := resting_until(place, now)) is not None:
        return f"Reminders rest until {resumes} (change freeze), then I come back {mornings(place)}"
    return f"I come back {mornings(place)}"


def resting_until(place: Environment, now: datetime) -> str | None:
    """The day of the next reminder, where a freeze moves it there; None where none does."""
    schedule = place.schedule
    if not current(place, now):
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
