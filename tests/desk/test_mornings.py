"""Working mornings, in every zone and over both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.mornings import next_morning

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-11-23T07:59:00+00:00", "Europe/Berlin", "2026-11-23T08:00:00+00:00"),
        ("2026-11-23T08:00:00+00:00", "Europe/Berlin", "2026-11-24T08:00:00+00:00"),
        ("2026-11-27T17:55:00+00:00", "Europe/Berlin", "2026-11-30T08:00:00+00:00"),
        ("2026-03-27T12:00:00+00:00", "Europe/Berlin", "2026-03-30T07:00:00+00:00"),
        ("2028-02-28T12:00:00+00:00", "Asia/Kolkata", "2028-02-29T03:30:00+00:00"),
    ],
)
def test_examples(now: str, zone: str, expected: str) -> None:
    """This morning, tomorrow, over a weekend, over a change of the clocks, on 29 February in a half-hour zone."""
    assert next_morning(datetime.fromisoformat(now), zone) == datetime.fromisoformat(expected)


@given(
    st.integers(1_577_836_800, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(ZONES),
    st.times(),
)
def test_it_is_the_next_one(now: datetime, zone: str, morning: time) -> None:
    """Later than now, on a working day, at that time of day, and within four days and a skipped one."""
    found = next_morning(now, zone, morning.replace(microsecond=0, fold=0))
    local = found.astimezone(ZoneInfo(zone))
    assert found > now
    assert found - now <= timedelta(days=5)
    assert local.weekday() < 5 or local.time() != morning.replace(microsecond=0)
