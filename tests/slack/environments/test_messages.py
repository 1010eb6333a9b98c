"""What people read about the settings of an environment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.slack.environments import messages
from store import Environment, Schedule

FRIDAY = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
PLACE = Environment("e", "orders", "production", "C0", "Europe/Berlin", "java", "U0", FRIDAY, owners=("U0",))


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        (None, "90 days before and on the day itself."),
        ((30, 7, 1), "30, 7 and 1 days before."),
        ((1,), "1 day before."),
        ((0,), "on the day itself."),
        ((7, 0), "7 days before and on the day itself."),
    ],
)
def test_how_far_ahead_ends_are_announced(thresholds: tuple[int, ...] | None, said: str) -> None:
    """The day itself is no day before; without thresholds of its own the bot's count."""
    place = replace(PLACE, schedule=Schedule(thresholds=thresholds))
    assert messages.expiry_thresholds(place, (90, 0)) == f"An expiry is announced {said}"
