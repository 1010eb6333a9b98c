"""The days of an environment, and when its reminders come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.slack.kit import calendar
from store import Environment, Schedule

FRIDAY = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
PLACE = Environment("e", "orders", "production", "C0", "Europe/Berlin", "java", "U0", FRIDAY, owners=("U0",))


@pytest.mark.parametrize(
    ("working", "said"),
    [
        ((0, 1, 2, 3, 4), "Monday to Friday"),
        ((0, 1, 2, 3, 6), "Sunday to Thursday"),
        ((0, 1, 2, 5, 6), "Saturday to Wednesday"),
        ((0, 6), "Monday and Sunday"),
        ((0, 2, 4), "Monday, Wednesday and Friday"),
        ((3,), "Thursday"),
        (tuple(range(7)), "every day"),
        ((), "every day"),
    ],
)
def test_days_of_the_week(working: tuple[int, ...], said: str) -> None:
    """As people say them, over Sunday too."""
    assert calendar.days(working) == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (
            date(2026, 12, 20),
            date(2027, 1, 5),
            "Reminders are paused until 6 January 2027 (change freeze), then they come",
        ),
        (
            date(2026, 12, 18),
            date(2026, 12, 20),
            "Reminders come Monday",
        ),  # the weekend would have held it back as well
        (date(2026, 12, 22), date(2026, 12, 24), "Reminders come Monday"),  # Monday comes before it
        (date(2026, 12, 1), date(2026, 12, 17), "Reminders come Monday"),
    ],
)
def test_when_a_reminder_comes_back(first: date, last: date, said: str) -> None:
    """A freeze is spoken of where it moves the next reminder, and not before."""
    place = replace(PLACE, schedule=Schedule(freezes=((first, last),)))
    assert calendar.next_reminder(place, FRIDAY).startswith(said)
