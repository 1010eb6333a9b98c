"""Certificate, key and chain that were dropped one by one become one client certificate."""

from __future__ import annotations

import pytest

from tests.slack import made
from tests.slack.office import ALICE, BOB, ORDERS, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def dropped(office: Office, name: str, data: bytes) -> Json:
    """Drop a file; what its uploader is offered."""
    await office.workspace.drop_file(ALICE, ORDERS, name, data)
    return await office.whispered(text=name)


async def together(office: Office, *files: tuple[str, bytes]) -> Json:
    """Drop files, and click under the last; the modal."""
    for name, data in files:
        offer = await dropped(office, name, data)
    await office.click(offer, "upload_combine")
    return await office.modal("Make a PKCS #12")


def block(view: Json, name: str) -> Json:
    """The input of that name."""
    return next(one for one in view["blocks"] if one.get("block_id") == name)


@pytest.mark.parametrize(
    ("index", "said"), [(0, "It needs its certificate"), (1, "it needs its key")], ids=["key", "leaf"]
)
async def test_a_part_says_what_it_waits_for(office: Office, index: int, said: str) -> None:
    """A key without certificate, and a certificate without key, each say what is missing and offer one button."""
    await office.production()
    offer = await dropped(office, "part.pem", made.parts()[index])
    assert said in shown(offer)
    assert buttons(offer) == ["upload_combine"]


async def test_a_second_certificate_still_says_that_its_key_is_missing(office: Office) -> None:
    """Another certificate beside it is not what it waits for."""
    await office.production()
    await dropped(office, "one.cer", made.parts()[1])
    assert "it needs its key" in shown(await dropped(office, "two.cer", made.parts()[1]))


async def test_three_files_become_one_certificate(office: Office) -> None:
    """The files beside are ticked already; one click adds them all, and the key is not left in the channel unsaid."""
    await office.production()
    key, leaf, root = made.parts(password="secret")
    view = await together(office, ("shop.key", key), ("ca.pem", root), ("shop.cer", leaf))
    boxes = block(view, "parts")["element"]
    assert [one["text"]["text"] for one in boxes["initial_options"]] == ["ca.pem", "shop.key"]

    wrong = await office.fill({"password": "not it"})
    assert list(wrong.errors) == ["password"]
    assert (await office.fill({"password": "secret", "label": "shop"})).action == "clear"
    await office.click(await office.posted("card_details"), "card_details")
    details = shown(await office.whispered(text="SHA-256 fingerprint"))
    assert "CN=shop.example" in details
    assert "Partner Root" in details
    await office.whispered(text="`shop.key` is added, but its private key is still in this channel")


async def test_a_part_is_used_once(office: Office) -> None:
    """The button under a key that went into a certificate says so; an authority of the chain can still be added."""
    await office.production()
    key, leaf, root = made.parts()
    key_offer = await dropped(office, "shop.key", key)
    root_offer = await dropped(office, "ca.pem", root)
    await together(office, ("shop.cer", leaf))
    assert (await office.fill({"label": "shop"})).action == "clear"
    await office.posted("card_details")
    await office.click(key_offer, "upload_combine")
    await office.whispered(text="was added before")
    await office.click(root_offer, "upload_authority")
    await office.modal("Add CA certificates")
    assert (await office.fill({})).action == "clear"
    await office.posted("1 CA certificate added")


async def test_files_that_were_dropped_together_are_named(office: Office) -> None:
    """The last of several parts names the others, and does not say that they are missing."""
    await office.production()
    key, leaf, root = made.parts()
    await dropped(office, "shop.key", key)
    await dropped(office, "ca.pem", root)
    said = shown(await dropped(office, "shop.cer", leaf))
    assert "You also dropped `ca.pem`, `shop.key`" in said
    assert "still missing" not in said


async def test_what_was_added_is_not_ticked(office: Office) -> None:
    """An authority that was added by itself can be ticked for a chain, and is not ticked already."""
    await office.production()
    key, leaf, root = made.parts()
    await office.click(await dropped(office, "ca.pem", root), "upload_authority")
    await office.modal("Add CA certificates")
    assert (await office.fill({})).action == "clear"
    await office.posted("1 CA certificate added")
    boxes = block(await together(office, ("shop.key", key), ("shop.cer", leaf)), "parts")["element"]
    assert {one["text"]["text"] for one in boxes["options"]} == {"ca.pem", "shop.key"}
    assert [one["text"]["text"] for one in boxes["initial_options"]] == ["shop.key"]


async def test_the_missing_part_can_be_chosen_in_the_modal(office: Office) -> None:
    """A key that shall lie in no channel is given in the window."""
    await office.production()
    key, leaf, root = made.parts()
    view = await together(office, ("shop.cer", leaf))
    assert not [one for one in view["blocks"] if one.get("block_id") == "parts"]
    files = [("shop.key", key), ("ca.pem", root)]
    assert (await office.fill({"label": "shop"}, files=files)).action == "clear"
    await office.posted("card_details")


async def test_what_is_unticked_stays_out(office: Office) -> None:
    """Without its certificate a key is refused, in the modal, and what was ticked stays as it was."""
    await office.production()
    key, leaf, _ = made.parts()
    await together(office, ("shop.cer", leaf), ("shop.key", key))
    assert (await office.fill({"label": "shop", "parts": []})).action == "update"
    again = office.workspace.views(ALICE)[-1]
    assert "a private key but no certificate" in shown(again)
    options = block(again, "parts")["element"]["options"]
    ticked = [one["value"] for one in options]
    assert (await office.fill({"label": "shop", "parts": ticked})).action in {"clear", "update"}


async def test_only_what_is_mine_is_offered(office: Office) -> None:
    """Another member's key is not beside my certificate."""
    await office.production()
    key, leaf, _ = made.parts()
    await office.workspace.drop_file(BOB, ORDERS, "bobs.key", key)
    await office.whispered(BOB, text="bobs.key")
    view = await together(office, ("shop.cer", leaf))
    assert "bobs.key" not in shown(view)


async def test_a_pin_that_is_taken_is_said_under_the_pins(office: Office) -> None:
    """The finding names who has it, together with what else is wrong."""
    await office.production()
    await office.unlocked(made.container("right"), name="first.pfx")
    assert (await office.fill({"password": "right", "pins": "partner.example"})).action == "clear"
    await office.posted("card_details")
    await office.unlocked(made.container("right", name="other.example"), name="second.pfx")
    refused = await office.fill({"password": "wrong", "pins": "partner.example free.example"})
    assert set(refused.errors) == {"password", "pins"}
    assert "first already has the pin partner.example" in refused.errors["pins"]
    assert (await office.fill({"password": "right", "pins": "free.example"})).action == "clear"


async def test_what_a_partner_may_have_pinned_is_shown(office: Office) -> None:
    """A new version with another subject shows old beside new, and asks before it is added."""
    await office.production()
    await office.unlocked(made.container("right", name="old.example"), name="shop.pfx")
    assert (await office.fill({"password": "right"})).action == "clear"
    await office.posted("card_details")
    await office.unlocked(made.container("right", name="new.example"), name="renewed.pfx")
    assert (await office.fill({"password": "right", "label": "shop"})).action == "update"
    view = shown(office.workspace.views(ALICE)[-1])
    assert "CN=old.example → CN=new.example" in view
    assert "Add anyway" in view
    assert (await office.fill({"password": "right", "label": "shop"})).action == "clear"
    await office.posted("new version 2")
