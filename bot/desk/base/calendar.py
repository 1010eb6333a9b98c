"""An environment's calendar: its working mornings, its quiet hours and its freezes, in its own time zone.

Times of day are what a clock on the wall shows there. Where the clocks go forward over a morning, it is as far after
midnight as the clock says (PEP 495, fold 0); an hour that comes twice is quiet both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from store import Environment, Schedule

_DAY = timedelta(days=1)
_EVERY_DAY = tuple(range(7))

Span = tuple[date, date]
"""First and last day of a change freeze."""


def next_morning(now: datetime, timezone: str, schedule: Schedule) -> datetime:
    """Return the first working morning after ``now`` that is in no freeze and no quiet hour; in UTC."""
    zone = ZoneInfo(timezone)
    found = _morning(now, zone, schedule)
    while (free := free_from(found, timezone, schedule)) != found:
        found = free if _is_working(free, zone, schedule) else _morning(free, zone, schedule)
    return found


def free_from(moment: datetime, timezone: str, schedule: Schedule) -> datetime:
    """``moment``, or the first after it that is in no freeze and no quiet hour.

    After a freeze that is the next working morning: one reminder, at a time at which somebody is there.
    """
    zone = ZoneInfo(timezone)
    while True:
        if last := _last_frozen_day(moment.astimezone(zone).date(), schedule):
            moment = _morning(_end_of(last, zone), zone, schedule)
        elif ends := quiet_until(moment, timezone, schedule):
            moment = ends
        else:
            return moment


def quiet_until(moment: datetime, timezone: str, schedule: Schedule) -> datetime | None:
    """Return when the quiet hours around ``moment`` end; None if it is in none."""
    quiet, zone = schedule.quiet, ZoneInfo(timezone)
    if quiet is None or quiet[0] == quiet[1] or not _is_quiet(moment, quiet, zone):
        return None
    day = moment.astimezone(zone).date()
    ends = (at for days in range(3) for at in _both(day + days * _DAY, quiet[1], zone))
    return _first_free(moment, min(at for at in ends if at > moment and not _is_quiet(at, quiet, zone)), quiet, zone)


def due_from(moment: datetime, place: Environment, *, first: bool, chosen: bool) -> datetime:
    """Return when a reminder that is due at ``moment`` may be sent.

    The first comes with the change itself and a ``chosen`` moment is somebody's wish, on whatever day; all others keep
    to working days, also where the bot was away in the morning they were planned for.
    """
    zone, schedule = ZoneInfo(place.timezone), place.schedule
    free = free_from(moment, place.timezone, schedule)
    if first or chosen or _is_working(free, zone, schedule):
        return free
    return next_morning(free, place.timezone, schedule)


def first_reminder(now: datetime, place: Environment) -> datetime:
    """Return when a change is announced first: at once or on the next working morning, as the environment is set."""
    if place.schedule.at_once:
        return free_from(now, place.timezone, place.schedule)
    return next_morning(now, place.timezone, place.schedule)


def working_days_later(now: datetime, place: Environment, days: int) -> datetime:
    """Return the same time of day, where the environment is, after so many working days that are in no freeze."""
    zone, schedule = ZoneInfo(place.timezone), place.schedule
    local = now.astimezone(zone)
    for day in _days_from(local.date() + _DAY):
        is_frozen = _last_frozen_day(day, schedule) is not None
        days -= day.weekday() in (schedule.working_days or _EVERY_DAY) and not is_frozen
        if days <= 0:
            return datetime.combine(day, local.time(), zone).astimezone(UTC)
    raise AssertionError("days do not end")


def week_begins(now: datetime, timezone: str, schedule: Schedule) -> datetime:
    """Return the first morning of a working week after ``now``, outside the quiet hours; in UTC.

    A week begins on the working day after the longest rest, which is Monday almost everywhere and Sunday elsewhere.
    """
    zone, first = ZoneInfo(timezone), _first_of_week(schedule.working_days)
    day = now.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, schedule.morning, zone).astimezone(UTC)
        moment = quiet_until(moment, timezone, schedule) or moment
        if moment > now and day.weekday() == first:
            return moment
        day += _DAY


def current_freezes(place: Environment, now: datetime) -> tuple[Span, ...]:
    """Return the environment's change freezes that are not over yet."""
    today = now.astimezone(ZoneInfo(place.timezone)).date()
    return tuple(span for span in place.schedule.freezes if span[1] >= today)


def freeze_ends(now: datetime, place: Environment) -> datetime | None:
    """Return when the change freeze around ``now`` ends, in UTC; None if there is none."""
    zone = ZoneInfo(place.timezone)
    last = _last_frozen_day(now.astimezone(zone).date(), place.schedule)
    return _end_of(last, zone) + timedelta(microseconds=1) if last is not None else None


def _first_of_week(working_days: tuple[int, ...]) -> int:
    days = sorted(working_days) or list(_EVERY_DAY)
    rests = {day: (day - days[number - 1] - 1) % 7 for number, day in enumerate(days)}
    return max(days, key=lambda day: (rests[day], -day))


def _morning(now: datetime, zone: ZoneInfo, schedule: Schedule) -> datetime:
    for day in _days_from(now.astimezone(zone).date()):
        moment = datetime.combine(day, schedule.morning, zone).astimezone(UTC)
        if moment > now and day.weekday() in (schedule.working_days or _EVERY_DAY):
            return moment
    raise AssertionError("days do not end")


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += _DAY


def _is_working(moment: datetime, zone: ZoneInfo, schedule: Schedule) -> bool:
    return moment.astimezone(zone).weekday() in (schedule.working_days or _EVERY_DAY)


def _last_frozen_day(day: date, schedule: Schedule) -> date | None:
    return max((last for first, last in schedule.freezes if first <= day <= last), default=None)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last moment of a day, so that the next morning is later even if it begins at midnight."""
    return datetime.combine(day + _DAY, time(), zone).astimezone(UTC) - timedelta(microseconds=1)


def _is_quiet(moment: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> bool:
    return within(moment.astimezone(zone).time(), *quiet)


def within(clock: time, begins: time, ends: time) -> bool:
    """Return whether a time of day lies in hours that may go over midnight; the end is excluded."""
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


def _first_free(quiet_at: datetime, free_at: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> datetime:
    """Return the end of quiet hours that the clocks skip: the moment of the change."""
    low, high = int(quiet_at.timestamp()), int(free_at.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_quiet(datetime.fromtimestamp(middle, UTC), quiet, zone) else (low, middle)
    return datetime.fromtimestamp(high, UTC)


def _both(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return both UTC instants of a local time; they differ when the clocks go back."""
    return (
        datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC),
        datetime.combine(day, clock.replace(fold=1), zone).astimezone(UTC),
    )


def resumes_on(place: Environment, now: datetime) -> date | None:
    """Return the environment's day of the next reminder if a change freeze moves it there; else None."""
    schedule = place.schedule
    if not current_freezes(place, now):
        return None
    resumes = next_morning(now, place.timezone, schedule)
    if resumes == next_morning(now, place.timezone, replace(schedule, freezes=())):
        return None
    return resumes.astimezone(ZoneInfo(place.timezone)).date()


def frozen_until(place: Environment, now: datetime) -> date | None:
    """Return the last day of the change freeze that is on now, in the environment's zone; None if there is none."""
    today = now.astimezone(ZoneInfo(place.timezone)).date()
    return next((last for first, last in place.schedule.freezes if first <= today <= last), None)
