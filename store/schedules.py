"""An environment's reminder schedule, stored as JSON with the environment.

It is only stored here; the desk computes times from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of day and days are those of the environment's own zone.

    ``working_days`` as :meth:`datetime.date.weekday` counts them (Monday is 0), ``morning`` is when a reminder comes
    on each of them, and ``at_once`` whether one comes with the change itself. After ``patience`` reminders the owners
    are called. ``quiet`` begins and ends at a time of day, over midnight where it ends earlier than it begins.
    ``freezes`` are first and last days. ``thresholds`` are days before an end; None means the bot's own.
    """

    morning: time = time(9, 0)
    working_days: tuple[int, ...] = MONDAY_TO_FRIDAY
    at_once: bool = True
    patience: int = 3
    quiet: tuple[time, time] | None = None
    freezes: tuple[tuple[date, date], ...] = ()
    thresholds: tuple[int, ...] | None = None


def as_json(schedule: Schedule) -> dict[str, Any]:
    """Return the schedule as JSON."""
    return {
        "morning": _clock(schedule.morning),
        "working_days": list(schedule.working_days),
        "at_once": schedule.at_once,
        "patience": schedule.patience,
        "quiet": [_clock(one) for one in schedule.quiet] if schedule.quiet else None,
        "freezes": [[first.isoformat(), last.isoformat()] for first, last in schedule.freezes],
        "thresholds": None if schedule.thresholds is None else list(schedule.thresholds),
    }


def from_json(kept: dict[str, Any] | None) -> Schedule:
    """Return the schedule from its JSON; what is missing is the default."""
    if not kept:
        return Schedule()
    quiet, thresholds = kept.get("quiet"), kept.get("thresholds")
    return Schedule(
        morning=time.fromisoformat(kept["morning"]),
        working_days=tuple(kept["working_days"]),
        at_once=bool(kept["at_once"]),
        patience=int(kept["patience"]),
        quiet=(time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])) if quiet else None,
        freezes=tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in kept["freezes"]),
        thresholds=None if thresholds is None else tuple(thresholds),
    )


def _clock(moment: time) -> str:
    return moment.isoformat(timespec="minutes")
