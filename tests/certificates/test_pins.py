"""Findings about pins beside those of other certificates."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.certificates import Code, Severity, pin_findings
from bot.certificates.pins import looks_like_a_typo

LETTERS = st.text(string.ascii_lowercase, min_size=6, max_size=30)


@pytest.mark.parametrize(
    ("pin", "other", "typo"),
    [
        ("partner.example", "partner.exmaple", True),
        ("partner.example", "partner.examples", True),
        ("partner.example", "partmer.example", True),
        ("Orders.Service", "orders.service", True),
        ("Bank prod", "Bank  prod", True),
        ("app1.example", "app2.example", False),
        ("app.example", "app2.example", False),
        ("api.example", "web.example", False),
        ("bank", "tank", False),
        ("partner.example", "partner.example", False),
        ("partner.example", "api.partner.example", False),
    ],
)
def test_what_looks_like_a_typo(pin: str, other: str, typo: bool) -> None:
    """A letter that is other, missing, too many or swapped, and case; numbers and short names are on purpose."""
    assert looks_like_a_typo(pin, other) is typo
    assert looks_like_a_typo(other, pin) is typo


@given(LETTERS, st.data())
def test_one_letter_makes_a_typo(pin: str, data: st.DataObject) -> None:
    """Wherever it is changed, left out or added; two far apart do not."""
    at = data.draw(st.integers(0, len(pin) - 1))
    letter = data.draw(st.sampled_from(string.ascii_uppercase))
    for typo in (pin[:at] + letter.lower() + pin[at + 1 :], pin[:at] + pin[at + 1 :], pin[:at] + letter + pin[at:]):
        assert looks_like_a_typo(pin, typo) is (typo != pin)
    assert not looks_like_a_typo(pin, f"{letter}{letter}.{pin}")


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_typo_is_one_both_ways(one: str, other: str) -> None:
    """Whatever the texts are."""
    assert looks_like_a_typo(one, other) is looks_like_a_typo(other, one)


def test_what_is_said_of_pins() -> None:
    """Two without pins, and one that is almost another's; alone, pinned or clearly different, nothing is."""
    found = pin_findings((), {"bank": (), "tax": ("tax.example",)})
    assert [(one.code, one.severity) for one in found] == [(Code.PINS_MISSING, Severity.WARNING)]
    assert "bank" in found[0].message
    found = pin_findings(("partner.exmaple",), {"bank": ("partner.example",)})
    assert [(one.code, one.severity) for one in found] == [(Code.PIN_SIMILAR, Severity.WARNING)]
    assert pin_findings((), {}) == []
    assert pin_findings((), {"bank": ("partner.example",)}) == []
    assert pin_findings(("api.example",), {"bank": ()}) == []
