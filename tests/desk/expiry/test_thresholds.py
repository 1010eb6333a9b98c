"""The moments at which an end is worth a message, in every zone and over both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.expiry import thresholds

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MORNING = time(9, 0)
THRESHOLDS = (30, 14, 7, 3, 1, 0)
MOMENTS = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001  hypothesis wants them bare and adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001  the same
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("end", "days", "zone", "expected"),
    [
        ("2026-12-31T23:30:00+00:00", 0, "Europe/Berlin", "2027-01-01T08:00:00+00:00"),
        ("2026-11-03T12:00:00+00:00", 14, "Europe/Berlin", "2026-10-20T07:00:00+00:00"),
        ("2028-03-01T06:00:00+00:00", 1, "Asia/Kolkata", "2028-02-29T03:30:00+00:00"),
    ],
)
def test_examples(end: str, days: int, zone: str, expected: str) -> None:
    """The end's own day where the app is; a morning of summer time before an end in winter time; 29 February."""
    assert thresholds.moment(datetime.fromisoformat(end), days, zone, MORNING) == datetime.fromisoformat(expected)


@given(zone=st.sampled_from(ZONES), days=st.integers(0, 3650))
def test_what_never_ends(zone: str, days: int) -> None:
    """RFC 5280's last second, which is in the year 10000 east of Greenwich: planned, and not reached."""
    never, now = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    assert thresholds.moment(never, days, zone, MORNING) > now
    assert thresholds.reached(never, now, THRESHOLDS, zone, MORNING) is None
    assert not thresholds.expired_before_today(never, now, zone, MORNING)


@given(end=MOMENTS, minutes=st.integers(-60 * 24 * 5, 60 * 24 * 40), zone=st.sampled_from(ZONES))
def test_what_expired_is_listed_from_the_day_after(end: datetime, minutes: int, zone: str) -> None:
    """In the morning of a day, by the calendar of the app: never on the day itself, and never before the end."""
    now = end + timedelta(minutes=minutes)
    local = now.astimezone(ZoneInfo(zone))
    passed = (local.date() - end.astimezone(ZoneInfo(zone)).date()).days
    begun = local.time() >= MORNING
    assert thresholds.expired_before_today(end, now, zone, MORNING) == (passed - (not begun) >= 1)


@given(
    end=MOMENTS,
    looks=st.lists(st.integers(0, 60 * 24 * 45), min_size=1, max_size=60),
    zone=st.sampled_from(ZONES),
)
def test_each_threshold_is_said_once_however_often_somebody_looks(end: datetime, looks: list[int], zone: str) -> None:
    """Looked at in any rhythm, from any moment on: what is said comes nearer each time, and the last is said."""
    start, said = end - timedelta(days=40), []
    planned = thresholds.following(THRESHOLDS, None)
    for minutes in sorted(looks):
        now = start + timedelta(minutes=minutes)
        if planned is None or thresholds.moment(end, planned, zone, MORNING) > now:
            continue
        days = thresholds.reached(end, now, THRESHOLDS, zone, MORNING)
        assert days is not None
        assert days <= planned
        said.append(days)
        planned = thresholds.following(THRESHOLDS, days)
    assert said == sorted(set(said), reverse=True)
    last = start + timedelta(minutes=max(looks))
    come = [days for days in THRESHOLDS if thresholds.moment(end, days, zone, MORNING) <= last]
    assert bool(said) == bool(come)
    assert not come or said[-1] <= min(come), "after the end the last may be said before its morning"


def test_after_the_end_nothing_is_left_to_warn_of() -> None:
    """In the night after it too, before the morning of its own day."""
    end = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert thresholds.reached(end, end - timedelta(minutes=1), THRESHOLDS, "Europe/Berlin", MORNING) == 1
    assert thresholds.reached(end, end, THRESHOLDS, "Europe/Berlin", MORNING) == 0
