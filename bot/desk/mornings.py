"""Working mornings in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SATURDAY = 5


def next_morning(now: datetime, timezone: str, morning: time = time(9, 0)) -> datetime:
    """The first Monday-to-Friday ``morning`` (local time in ``timezone``) that is later than ``now``; in UTC.

    Where the clocks go forward over that time, it is as far after midnight as the clock says (PEP 495, fold 0).
    """
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, morning, zone).astimezone(UTC)
        if moment > now and day.weekday() < _SATURDAY:
            return moment
        day += timedelta(days=1)
