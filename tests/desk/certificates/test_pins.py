"""Pins as people type them: hosts, services and identifiers, and what could be two of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.base.errors import BadPin, UnclearPin
from bot.desk.certificates.pins import LONGEST_IDENTIFIER, pin_text, read_pins


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" ", ()),
        (
            "Partner.example, müller.example\nOrders.Payment partner.example.",
            ("partner.example", "xn--mller-kva.example", "Orders.Payment"),
        ),
        ("orders.Payment", ("orders.Payment",)),
        ("intranet", ("intranet",)),
        ('"Bank prod"', ("Bank prod",)),
        ("„Bank prod“ shop.example", ("Bank prod", "shop.example")),
        ('"Bank, prod; x", /bla/bla', ("Bank, prod; x", "/bla/bla")),
        ("/bla/bla /bla/BLA", ("/bla/bla", "/bla/BLA")),
        ('"Partner.example" Partner.example', ("Partner.example", "partner.example")),
        ("a.example;a.example", ("a.example",)),
    ],
)
def test_what_was_meant(typed: str, meant: tuple[str, ...]) -> None:
    """Hosts come out bare, in lower case and ASCII; services and identifiers stay as they are; each once."""
    assert read_pins(typed) == meant


@pytest.mark.parametrize("typed", ["Bank prod", "bank prod", "shop.example Bank", "BankProd", "a.example\nBank prod"])
def test_what_could_be_two_things_is_asked(typed: str) -> None:
    """One identifier, or hosts: whoever typed it says which, with quotation marks or commas."""
    with pytest.raises(UnclearPin) as caught:
        read_pins(typed)
    assert caught.value.text in typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://partner.example/path", "partner.example"),
        ("partner.example:8443", "partner.example"),
        ("http://[", None),
        ("*.example", None),
        ('""', None),
        ('" padded "', None),
        ('"' + "x" * (LONGEST_IDENTIFIER + 1) + '"', None),
        ('"a\tb"', None),
    ],
)
def test_a_bad_pin_suggests_what_was_meant(typed: str, meant: str | None) -> None:
    """An address with scheme, port or path is refused, with the host that it names; so is what no app can name."""
    with pytest.raises(BadPin) as caught:
        read_pins(typed)
    assert caught.value.suggestion == meant


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    """And what was read is read again from how it is shown in a form."""
    try:
        found = read_pins(typed)
    except (BadPin, UnclearPin):
        return
    assert read_pins("\n".join(map(pin_text, found))) == found
