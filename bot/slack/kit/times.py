"""Points in time as Slack shows them: in the reader's own zone, with a fallback in the zone that is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.certificates import relative_day


def day(moment: datetime) -> str:
    """Return a day, such as the one on which a certificate expires."""
    return _token(moment, "{date_short}", moment.astimezone(UTC).strftime("%d %b %Y"))


def minute(moment: datetime, zone: str = "UTC") -> str:
    """Return a day and a time of day."""
    local = moment.astimezone(ZoneInfo(zone))
    return _token(moment, "{date_short_pretty} at {time}", local.strftime("%d %b %Y %H:%M %Z"))


def _token(moment: datetime, form: str, fallback: str) -> str:
    # docs.slack.dev "Formatting message text", "Date formatting"; the fallback may hold neither > nor |.
    return f"<!date^{int(moment.timestamp())}^{form}|{fallback}>"


def days_until(end: datetime, now: datetime, zone: str) -> str:
    """Return the days of the app's calendar that lie between: ``today``, ``in 30 days``, ``2 days ago``.

    The same day counts as ``earlier today`` where the moment has passed.
    """
    return relative_day(end, now, ZoneInfo(zone))


def expires(end: datetime, now: datetime, zone: str) -> str:
    """Return the same within a sentence: ``expires in 30 days``, ``expired yesterday``."""
    return f"{'expires' if end > now else 'expired'} {days_until(end, now, zone)}"


def lasting(spent: timedelta) -> str:
    """Return a duration: ``40 s``, ``2 min 5 s``, ``1 h 3 min``."""
    seconds = max(int(spent.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
