"""Thresholds: days before a certificate expires on which it gets a message, each at the morning of its day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.certificates import expiry_day


def day_of(end: datetime, timezone: str) -> date:
    """Return the calendar day of an expiry in ``timezone``, an IANA name."""
    return expiry_day(end, ZoneInfo(timezone))


def moment(end: datetime, days: int, timezone: str, morning: time) -> datetime:
    """Return ``morning`` (local time in ``timezone``) of the day ``days`` before the day of ``end`` there; in UTC."""
    zone = ZoneInfo(timezone)
    day = day_of(end, timezone) - timedelta(days=days)
    return datetime.combine(day, morning, zone).astimezone(UTC)


def reached(end: datetime, now: datetime, thresholds: Iterable[int], timezone: str, morning: time) -> int | None:
    """Return the nearest threshold whose moment has come: the only one worth a message, however long nobody looked.

    After the end all have come, also if the morning of its day is still to come.
    """
    come = (days for days in thresholds if end <= now or moment(end, days, timezone, morning) <= now)
    return min(come, default=None)


def expired_before_today(end: datetime, now: datetime, timezone: str, morning: time) -> bool:
    """Return whether something expired on an earlier day; a day begins with its ``morning`` in ``timezone``."""
    return end <= now and moment(end, -1, timezone, morning) <= now


def following(thresholds: Iterable[int], said: int | None) -> int | None:
    """Return the threshold after ``said``, or the first if that is None; None after the last."""
    return max((days for days in thresholds if said is None or days < said), default=None)
