"""A certificate's card: four lines, Details, Replace… and a menu."""

from __future__ import annotations

import pytest

from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, PRODUCTION, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _card(office: Office, label: str = "partner") -> Json:
    """Add a certificate to orders/production, and return its card."""
    await office.unlocked(made.container("right"))
    done = await office.fill({"password": "right", "label": label, "pins": "partner.example"})
    assert done.action == "clear", done
    return await office.posted(f"`{label}` was added")


def _menu(card: Json) -> dict[str, str]:
    """Return the choices of the card's menu: text to value."""
    (row,) = (block for block in card["blocks"] if block["type"] == "actions")
    (menu,) = (one for one in row["elements"] if one["type"] == "overflow")
    return {one["text"]["text"]: one["value"] for one in menu["options"]}


async def _choose(office: Office, card: Json, text: str, *, member: str = ALICE) -> None:
    ack = await office.workspace.click(member, card["ts"], "card_menu", _menu(card)[text])
    assert ack.ok, ack.error


async def test_the_card_has_four_lines(office: Office) -> None:
    """Label and environment, expiry with days, pins, who added it; the rest is behind Details."""
    await office.production()
    card = await _card(office)
    (text,) = (block["text"]["text"] for block in card["blocks"] if block["type"] == "section")
    label, expiry, pins, by = text.splitlines()
    assert label == f"`partner` was added to *{PRODUCTION}*"
    assert expiry.startswith("Expires in ")
    assert pins == "Pins: `partner.example`"
    assert by.startswith(f"Added by <@{ALICE}>")
    assert buttons(card) == ["card_details", "expiry_replace", "card_menu"]
    assert list(_menu(card)) == ["Try…", "Copy…", "Pins…", "Remove…"]


async def test_details_are_for_the_one_who_clicks(office: Office) -> None:
    """A guest may read them too; nobody else sees them."""
    await office.production()
    card = await _card(office)
    await office.click(card, "card_details", member=DAVE)
    details = shown(await office.whispered(DAVE, text="SHA-256 fingerprint"))
    assert "Serial number" in details
    assert not [one for one in office.workspace.ephemerals(ALICE, ORDERS) if "SHA-256 fingerprint" in shown(one)]


async def test_an_old_card_shows_its_own_version(office: Office) -> None:
    """And says that it is not the current one; its successor's card can be rolled back."""
    await office.production()
    first = await _card(office)
    await office.click(first, "expiry_replace")
    await office.modal("Replace a certificate")
    renewed = made.container("right", name="shop2.example")
    while (await office.fill({"password": "right"}, files=[("new.pfx", renewed)])).action != "clear":
        pass
    second = await office.posted("has a new version 2")
    await office.click(first, "card_details")
    assert "CN=shop.example" in shown(await office.whispered(text="(version 1, not the current one)"))
    await _choose(office, second, "Roll back…")
    question = await office.whispered(text="Make version 1")
    await office.click(question, "rollback_yes")
    await office.posted("is version 1 again")


async def test_remove_in_the_menu_asks_first(office: Office) -> None:
    """As the command does."""
    await office.production()
    await _choose(office, await _card(office), "Remove…")
    await office.click(await office.whispered(text="Remove the client certificate"), "remove_yes")
    await office.posted("was removed from")


async def test_pins_are_changed_in_a_form(office: Office) -> None:
    """It begins with those that are there; what is no pin is an error under the field; empty means none."""
    await office.production()
    card = await _card(office)
    await _choose(office, card, "Pins…")
    assert "partner.example" in shown(await office.modal("Pins"))
    wrong = await office.fill({"pins": "!"})
    assert list(wrong.errors) == ["pins"]
    assert (await office.fill({"pins": "other.example\nModule.Service"})).action == "clear"
    await office.whispered(text="has the pins `Module.Service`, `other.example`")
    await _choose(office, card, "Pins…")
    await office.modal("Pins")
    assert (await office.fill({"pins": ""})).action == "clear"
    await office.whispered(text="has the pins none")


async def test_copying_asks_for_the_environment(office: Office) -> None:
    """The menu of other environments; without another one it says so and offers to add one."""
    await office.production()
    card = await _card(office)
    await _choose(office, card, "Copy…")
    assert buttons(await office.whispered(text="only environment of this channel")) == ["environment_add"]
    await office.cert("env add orders/test Europe/Berlin")
    await _choose(office, card, "Copy…")
    view = shown(await office.modal("Copy a certificate"))
    assert "orders/test" in view
    assert PRODUCTION not in view
    assert (await office.fill({"environment": "orders/test"})).action == "clear"
    await office.whispered(text="is copied to *orders/test*")
    await office.posted("`partner` was added to *orders/test*")


@pytest.mark.parametrize("choice", ["Copy…", "Pins…", "Remove…"])
async def test_a_guest_is_refused_in_the_menu(office: Office, choice: str) -> None:
    """The card is the same for everyone in the channel; the choice is not."""
    await office.production()
    await _choose(office, await _card(office), choice, member=DAVE)
    await office.whispered(DAVE, text="Guests can look here")


async def test_a_card_of_an_environment_that_moved_does_nothing(office: Office) -> None:
    """Its buttons belong to the channel that it was posted in."""
    await office.production()
    card = await _card(office)
    await office.cert(f"env bind {PRODUCTION}", channel="C0PAYMENTS")
    await office.click(card, "card_details", member=BOB)
    await office.whispered(BOB, text="removed or moved meanwhile")
