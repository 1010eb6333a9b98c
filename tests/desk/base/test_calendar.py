"""Working mornings, quiet hours and freezes, in every zone and over both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.base import calendar
from store import Schedule

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MOMENTS = st.integers(1_577_836_800, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
CLOCKS = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60))
NINE = Schedule()
SUNDAY_TO_THURSDAY = Schedule(working_days=(6, 0, 1, 2, 3))
NIGHT = Schedule(quiet=(time(22), time(7)))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "zone", "schedule", "expected"),
    [
        ("2026-11-23T07:59:00+00:00", "Europe/Berlin", NINE, "2026-11-23T08:00:00+00:00"),
        ("2026-11-23T08:00:00+00:00", "Europe/Berlin", NINE, "2026-11-24T08:00:00+00:00"),
        ("2026-11-27T17:55:00+00:00", "Europe/Berlin", NINE, "2026-11-30T08:00:00+00:00"),
        ("2026-03-27T12:00:00+00:00", "Europe/Berlin", NINE, "2026-03-30T07:00:00+00:00"),
        ("2028-02-28T12:00:00+00:00", "Asia/Kolkata", NINE, "2028-02-29T03:30:00+00:00"),
        ("2026-11-26T12:00:00+00:00", "Asia/Riyadh", SUNDAY_TO_THURSDAY, "2026-11-29T06:00:00+00:00"),
        (
            "2026-12-18T12:00:00+00:00",
            "Europe/Berlin",
            Schedule(freezes=((date(2026, 12, 20), date(2027, 1, 5)),)),
            "2027-01-06T08:00:00+00:00",
        ),
    ],
)
def test_the_next_morning(now: str, zone: str, schedule: Schedule, expected: str) -> None:
    """This morning, tomorrow, over a weekend, a change of the clocks, 29 February, a Sunday, a freeze."""
    assert calendar.next_morning(moment(now), zone, schedule) == moment(expected)


@pytest.mark.parametrize(
    ("now", "zone", "quiet", "expected"),
    [
        ("2026-11-23T21:00:00+00:00", "Europe/Berlin", (time(22), time(7)), "2026-11-24T06:00:00+00:00"),
        ("2026-11-23T05:59:00+00:00", "Europe/Berlin", (time(22), time(7)), "2026-11-23T06:00:00+00:00"),
        ("2026-11-23T06:00:00+00:00", "Europe/Berlin", (time(22), time(7)), None),
        ("2026-11-23T06:30:00+00:00", "Asia/Kolkata", (time(12), time(13)), "2026-11-23T07:30:00+00:00"),
        # The hour from two to three comes twice, and is quiet both times.
        ("2026-10-25T00:10:00+00:00", "Europe/Berlin", (time(2), time(2, 30)), "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T01:10:00+00:00", "Europe/Berlin", (time(2), time(2, 30)), "2026-10-25T01:30:00+00:00"),
        # From two the clocks go to three, which is no quiet hour.
        ("2026-03-29T00:45:00+00:00", "Europe/Berlin", (time(1), time(2, 30)), "2026-03-29T01:00:00+00:00"),
    ],
)
def test_quiet_hours_end(now: str, zone: str, quiet: tuple[time, time], expected: str | None) -> None:
    """Over midnight, in the middle of the day, in a half-hour zone, and in both nights in which the clocks change."""
    found = calendar.free_from(moment(now), zone, Schedule(quiet=quiet))
    assert found == moment(expected or now)


@given(MOMENTS, st.sampled_from(ZONES), CLOCKS, st.sets(st.integers(0, 6)))
def test_the_next_morning_is_the_next(now: datetime, zone: str, morning: time, days: set[int]) -> None:
    """Later than now, on a working day, at that time of day; and no such moment lies between."""
    schedule = Schedule(morning=morning, working_days=tuple(days))
    found = calendar.next_morning(now, zone, schedule)
    local = found.astimezone(ZoneInfo(zone))
    assert found > now
    assert found - now <= timedelta(days=9)
    assert local.weekday() in (days or range(7)) or local.time() != morning
    for day in range((found - now).days):
        between = (now + timedelta(days=day)).astimezone(ZoneInfo(zone)).date()
        at = datetime.combine(between, morning, ZoneInfo(zone)).astimezone(UTC)
        assert not (now < at < found and between.weekday() in (days or range(7)))


@given(MOMENTS, st.sampled_from(ZONES), st.tuples(CLOCKS, CLOCKS), st.integers(-3, 3), st.integers(0, 20))
def test_what_is_free_is_neither_quiet_nor_frozen(
    now: datetime, zone: str, quiet: tuple[time, time], before: int, days: int
) -> None:
    """By the clock on the wall; and what is free already stays where it is."""
    begins, ends = quiet
    first = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=before)
    last = first + timedelta(days=days)
    schedule = Schedule(quiet=quiet, freezes=((first, last),))
    found = calendar.free_from(now, zone, schedule)
    local = found.astimezone(ZoneInfo(zone))
    is_quiet = begins <= local.time() < ends if begins <= ends else not ends <= local.time() < begins
    assert found >= now
    assert not is_quiet
    assert not first <= local.date() <= last
    assert calendar.free_from(found, zone, schedule) == found


@given(MOMENTS, st.sampled_from(ZONES))
def test_the_week_begins_on_monday_or_after_the_rest(now: datetime, zone: str) -> None:
    """Later than now, within a week and a day, on Monday; on Sunday where people work from Sunday to Thursday."""
    for schedule, weekday in ((NINE, 0), (SUNDAY_TO_THURSDAY, 6), (Schedule(working_days=(1, 2)), 1)):
        begins = calendar.week_begins(now, zone, schedule)
        assert timedelta() < begins - now <= timedelta(days=8)
        assert begins.astimezone(ZoneInfo(zone)).weekday() == weekday
