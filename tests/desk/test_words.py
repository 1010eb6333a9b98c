"""The small languages people type in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import words
from bot.desk.errors import BadLabel, BadPath, BadPin, BadTimezone


def test_paths() -> None:
    """A path is app/environment, in any case and with space around it."""
    assert words.path(" Orders/Production ") == ("orders", "production")
    for bad in ("orders", "orders/", "a/b/c", "or ders/x", "-a/b", "<!channel>/x", "a" * 41 + "/b"):
        with pytest.raises(BadPath):
            words.path(bad)


def test_labels() -> None:
    """A label is one word of letters, digits, dots, dashes and underscores."""
    assert words.label(" partner-bank_2.x ") == "partner-bank_2.x"
    for bad in ("", "two words", "<!channel>", "a" * 65, "*x*", "`"):
        with pytest.raises(BadLabel):
            words.label(bad)


@given(st.text(max_size=80))
def test_a_suggested_label_is_a_label(name: str) -> None:
    """What is suggested for any file name is empty or a label."""
    suggested = words.suggested_label(name)
    assert suggested == "" or words.label(suggested) == suggested


def test_pins() -> None:
    """Hosts come out bare, lower-case and in ASCII; services stay as they are; each once."""
    assert words.pins("Partner.example, müller.example\nOrders.Payment partner.example.") == (
        "partner.example",
        "xn--mller-kva.example",
        "Orders.Payment",
    )
    assert words.pins(" ") == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://partner.example/path", "partner.example"),
        ("partner.example:8443", "partner.example"),
        ("http://[", None),
        ("*.example", None),
    ],
)
def test_a_bad_pin_suggests_what_was_meant(typed: str, meant: str | None) -> None:
    """An address with scheme, port or path is refused, with the host that it names."""
    with pytest.raises(BadPin) as caught:
        words.pins(typed)
    assert caught.value.suggestion == meant


def test_timezones() -> None:
    """Zones are found in any case, and a slip gets the nearest one."""
    assert words.timezone("europe/berlin") == "Europe/Berlin"
    assert words.timezone("America/New York") == "America/New_York"
    with pytest.raises(BadTimezone) as caught:
        words.timezone("Europe/Berln")
    assert caught.value.nearest == "Europe/Berlin"


def test_nearest() -> None:
    """A typo gets the choice that looks like it; a stranger gets none."""
    assert words.nearest("prodction", ["production", "acceptance"]) == "production"
    assert words.nearest("zzz", ["production"]) is None
