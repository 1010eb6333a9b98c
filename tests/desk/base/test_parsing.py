"""The small languages people type in."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.base import parsing
from bot.desk.base.errors import BadDay, BadLabel, BadPath, BadSetting, BadTimezone, Flaw


def test_paths() -> None:
    """A path is app/environment, in any case and with space around it."""
    assert parsing.path(" Orders/Production ") == ("orders", "production")
    for bad in ("orders", "orders/", "a/b/c", "or ders/x", "-a/b", "<!channel>/x", "a" * 41 + "/b"):
        with pytest.raises(BadPath):
            parsing.path(bad)


def test_labels() -> None:
    """A label is one word of letters, digits, dots, dashes and underscores."""
    assert parsing.label(" partner-bank_2.x ") == "partner-bank_2.x"
    for bad in ("", "two words", "<!channel>", "a" * 65, "*x*", "`"):
        with pytest.raises(BadLabel):
            parsing.label(bad)


@given(st.text(max_size=80))
def test_a_suggested_label_is_a_label(name: str) -> None:
    """What is suggested for any file name is empty or a label."""
    suggested = parsing.suggested_label(name)
    assert suggested == "" or parsing.label(suggested) == suggested


def test_timezones() -> None:
    """Zones are found in any case, and a slip gets the nearest one."""
    assert parsing.timezone("europe/berlin") == "Europe/Berlin"
    assert parsing.timezone("America/New York") == "America/New_York"
    with pytest.raises(BadTimezone) as caught:
        parsing.timezone("Europe/Berln")
    assert caught.value.nearest == "Europe/Berlin"


def test_nearest() -> None:
    """A typo gets the choice that looks like it; a stranger gets none."""
    assert parsing.nearest("prodction", ["production", "acceptance"]) == "production"
    assert parsing.nearest("zzz", ["production"]) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", None),
        (" , ;", None),
        ("90, 60, 30", (90, 60, 30)),
        ("0 7;30\n7,030", (30, 7, 0)),
        ("3650", (3650,)),
        ("0" * 200 + "1", (1,)),
    ],
)
def test_thresholds(text: str, days: tuple[int, ...] | None) -> None:
    """Numbers in any order with anything between them come out farthest first, each once; nothing is the bot's own."""
    assert parsing.thresholds(text) == days


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("30, soon", Flaw.NO_NUMBER),
        ("-1", Flaw.NO_NUMBER),
        ("1.5", Flaw.NO_NUMBER),
        ("\N{ARABIC-INDIC DIGIT THREE}", Flaw.NO_NUMBER),
        ("\N{SUPERSCRIPT TWO}", Flaw.NO_NUMBER),
        ("3651", Flaw.FAR_NUMBER),
        ("9" * 5000, Flaw.FAR_NUMBER),
        (" ".join(str(days) for days in range(21)), Flaw.MANY_NUMBERS),
    ],
)
def test_what_is_no_threshold(text: str, flaw: Flaw) -> None:
    """Each for its own reason."""
    with pytest.raises(BadSetting) as caught:
        parsing.thresholds(text)
    assert (caught.value.field, caught.value.flaw) == ("thresholds", flaw)


def test_times_of_day() -> None:
    """As Slack's pickers give them, and in no other way."""
    assert parsing.clock("07:05", "morning") == time(7, 5)
    for bad in ("", "7:05", "24:00", "07:60", "07:05:00", "07:05+02:00", "0705", "T07:05"):
        with pytest.raises(BadSetting) as caught:
            parsing.clock(bad, "morning")
        assert (caught.value.field, caught.value.flaw) == ("morning", Flaw.NO_CLOCK)


def test_days() -> None:
    """Year, month and day with dashes, that the calendar has."""
    assert parsing.day("2028-02-29") == date(2028, 2, 29)
    for bad in ("", "2027-02-29", "20270228", "2027-W08-7", "28.02.2027", "2027-2-8", "0000-01-01", "2027-02-28T09:00"):
        with pytest.raises(BadDay):
            parsing.day(bad)


@given(st.text(max_size=80))
def test_nothing_typed_is_too_odd(text: str) -> None:
    """It is understood, or refused by name."""
    for read in (parsing.thresholds, parsing.day, lambda typed: parsing.clock(typed, "morning")):
        try:
            read(text)
        except (BadSetting, BadDay):
            continue
