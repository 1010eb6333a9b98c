"""Settings and freezes as values: what is read back, and what is refused whoever asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.base.errors import BadSetting, BadSettings, BadTimezone, Flaw
from bot.desk.environments import freezes, settings
from bot.desk.environments.settings import Setting
from store import Environment
from tests.slack import facts

OWNERS = st.lists(st.integers(0, 99).map(lambda number: f"U{number}"), min_size=1, max_size=10, unique=True)
places = st.builds(
    lambda place, owners, days: replace(
        place, owners=tuple(owners), schedule=replace(place.schedule, working_days=tuple(sorted(days)))
    ),
    facts.environments,
    OWNERS,
    st.sets(st.integers(0, 6), min_size=1),
)


@given(places)
def test_what_is_shown_and_left_alone_changes_nothing(place: Environment) -> None:
    """A form that is saved as it was opened asks for what holds already."""
    shown = settings.as_texts(place)
    thresholds = place.schedule.thresholds
    sorted_ = None if thresholds is None else tuple(sorted(thresholds, reverse=True))
    if place.schedule.quiet and place.schedule.quiet[0] == place.schedule.quiet[1]:
        return
    assert settings.parsed(place, shown) == replace(place, schedule=replace(place.schedule, thresholds=sorted_))


@pytest.mark.parametrize(
    ("setting", "given_", "flaw"),
    [
        (Setting.DAYS, (), Flaw.NO_DAY),
        (Setting.DAYS, ("7", "x"), Flaw.NO_DAY),
        (Setting.PATIENCE, ("0",), Flaw.NO_PATIENCE),
        (Setting.PATIENCE, ("21",), Flaw.NO_PATIENCE),
        (Setting.PATIENCE, (), Flaw.NO_PATIENCE),
        (Setting.OWNERS, tuple(f"U{number}" for number in range(11)), Flaw.MANY_OWNERS),
        (Setting.MORNING, (), Flaw.NO_CLOCK),
        (Setting.QUIET_FROM, ("22",), Flaw.HALF_QUIET),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(setting: Setting, given_: tuple[str, ...], flaw: Flaw) -> None:
    """Slack's client keeps most of it from being sent; whoever sends it all the same is told."""
    place = Environment("e", "orders", "test", "C0", "UTC", "java", "U0", facts.NOW, owners=("U0",))
    with pytest.raises(BadSettings) as caught:
        settings.parsed(place, {**settings.as_texts(place), setting: given_, Setting.TIMEZONE: ("Nowhere",)})
    assert len(caught.value.problems) == 2
    assert [one.flaw for one in caught.value.problems if isinstance(one, BadSetting)] == [flaw]
    assert any(isinstance(one, BadTimezone) for one in caught.value.problems)


spans = st.tuples(st.integers(0, 400), st.integers(0, 30)).map(
    lambda one: (date(2026, 1, 1) + timedelta(days=one[0]), date(2026, 1, 1) + timedelta(days=one[0] + one[1]))
)


@given(st.lists(spans, max_size=15).map(tuple))
def test_merged_freezes_hold_the_same_days(several: tuple[tuple[date, date], ...]) -> None:
    """No day more and none less, in their order, and no two of them touch."""
    made = freezes.merged(several)
    assert _days(made) == _days(several)
    assert all(one[1] + timedelta(days=1) < other[0] for one, other in pairwise(made))


def _days(several: tuple[tuple[date, date], ...]) -> set[date]:
    return {first + timedelta(days=number) for first, last in several for number in range((last - first).days + 1)}
