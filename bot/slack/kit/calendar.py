"""Days, times of day and change freezes of an environment's calendar, as several features show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.desk.base import calendar
from bot.slack.kit.text import listed
from store import Environment

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def reminder_days(environment: Environment) -> str:
    """Return ``Monday to Friday at 09:00 (Europe/Berlin)``."""
    return (
        f"{days(environment.schedule.working_days)} at {clock(environment.schedule.morning)} ({environment.timezone})"
    )


def days(working: Sequence[int]) -> str:
    """Return days of the week as people say them, whichever day a week begins on; no days means every day."""
    chosen = sorted(set(working)) or list(range(7))
    if len(chosen) == 7:
        return "every day"
    runs = _runs(chosen)
    if len(runs) == 1 and len(chosen) > 2:
        return f"{DAYS[runs[0][0]]} to {DAYS[runs[0][-1]]}"
    return listed([DAYS[day] for day in chosen])


def _runs(chosen: Sequence[int]) -> list[list[int]]:
    """Return runs of consecutive days, across Sunday too."""
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
    """Return a time of day as ``HH:MM``."""
    return f"{moment:%H:%M}"


def day(one: date) -> str:
    """Return a day of the environment's own calendar; a date that Slack formats would be in the reader's zone."""
    return f"{one.day} {one:%B} {one.year}"


def next_reminder(environment: Environment, now: datetime) -> str:
    """Return when a reminder that stands now comes back: its days, and whether a change freeze holds it back."""
    if (resumes := resting_until(environment, now)) is not None:
        return f"Reminders are paused until {resumes} (change freeze), then they come {reminder_days(environment)}"
    return f"Reminders come {reminder_days(environment)}"


def resting_until(environment: Environment, now: datetime) -> str | None:
    """Return the day of the next reminder if a change freeze moves it there; else None."""
    resumes = calendar.resumes_on(environment, now)
    return day(resumes) if resumes else None


def frozen_until(environment: Environment, now: datetime) -> str:
    """Return the last day of the change freeze that is on now; empty if there is none."""
    last = calendar.frozen_until(environment, now)
    return day(last) if last else ""
