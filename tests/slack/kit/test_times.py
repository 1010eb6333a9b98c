"""Points in time as Slack shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.kit import times
from tests.slack import facts


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (59 * 24, "expires in 59 days"),
        (34, "expires tomorrow"),
        (12, "expires tomorrow"),
        (10, "expires today"),
        (-1, "expired earlier today"),
        (-14, "expired yesterday"),
        (-30 * 24, "expired 30 days ago"),
    ],
)
def test_how_far_an_end_is(hours: int, said: str) -> None:
    """In days of the calendar where the app is, wherever it is said: noon in UTC is one o'clock in Berlin."""
    assert times.expires(facts.NOW + timedelta(hours=hours), facts.NOW, "Europe/Berlin") == said


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/New_York"])
def test_what_never_ends_can_be_said(zone: str) -> None:
    """RFC 5280's last second, which is in the year 10000 east of Greenwich."""
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert times.expires(never, facts.NOW, zone).startswith("expires in 2912")


def test_times_fall_back_to_the_environments_zone() -> None:
    """For notifications, and clients that know no date tokens."""
    token = times.minute(datetime(2026, 7, 1, 7, 0, tzinfo=UTC), "Europe/Berlin")
    assert token == "<!date^1782889200^{date_short_pretty} at {time}|01 Jul 2026 09:00 CEST>"
