"""When the end of a certificate is worth a message: thresholds in days before it, each at the morning of its day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.certificates import expiry_day

# What ended longer ago than this and is still there has been passed over on purpose, or is forgotten for good.
LATELY = timedelta(days=30)


def day_of(end: datetime, timezone: str) -> date:
    """Return the calendar day of an expiry in ``timezone``, an IANA name."""
    return expiry_day(end, ZoneInfo(timezone))


def moment(end: datetime, days: int, timezone: str, morning: time) -> datetime:
    """``morning`` (local time in ``timezone``) of the day that lies ``days`` before the end's own day there; in UTC."""
    zone = ZoneInfo(timezone)
    day = day_of(end, timezone) - timedelta(days=days)
    return datetime.combine(day, morning, zone).astimezone(UTC)


def reached(end: datetime, now: datetime, thresholds: Iterable[int], timezone: str, morning: time) -> int | None:
    """The nearest threshold whose moment has come: the only one worth saying, however long nobody looked.

    After the end all have, also where the morning of its day is still to come: there is nothing left to warn of.
    """
    come = (days for days in thresholds if end <= now or moment(end, days, timezone, morning) <= now)
    return min(come, default=None)


def ended_lately(end: datetime, now: datetime, timezone: str, morning: time) -> bool:
    """Whether the end was on a day before this one, and not long ago: a day begins with its morning here."""
    if end > now:
        return False
    return moment(end, -1, timezone, morning) <= now < moment(end, -1 - LATELY.days, timezone, morning)


def following(thresholds: Iterable[int], said: int | None) -> int | None:
    """The threshold after ``said``, or the first where none was reached; None after the last."""
    return max((days for days in thresholds if said is None or days < said), default=None)
