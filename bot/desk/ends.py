"""When the end of a certificate is worth a message: thresholds in days before it, each at the morning of its day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def moment(end: datetime, days: int, timezone: str, morning: time) -> datetime:
    """``morning`` (local time in ``timezone``) of the day that lies ``days`` before the end's own day there; in UTC."""
    zone = ZoneInfo(timezone)
    day = end.astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(day, morning, zone).astimezone(UTC)


def reached(end: datetime, now: datetime, thresholds: Iterable[int], timezone: str, morning: time) -> int | None:
    """The nearest threshold whose moment has come: the only one worth saying, however long nobody looked."""
    return min((days for days in thresholds if moment(end, days, timezone, morning) <= now), default=None)


def following(thresholds: Iterable[int], said: int | None) -> int | None:
    """The threshold after ``said``, or the first where none was reached; None after the last."""
    return max((days for days in thresholds if said is None or days < said), default=None)
