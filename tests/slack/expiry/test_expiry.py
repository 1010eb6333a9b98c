"""Warnings that certificates expire, as the channel sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bot.workspace.core.people import BOT_USER
from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _warned(office: Office) -> Json:
    """The warning at 14 days of a certificate that was added 20 days before its end."""
    await office.production()
    await office.unlocked(made.container("right", days=20))
    await office.fill({"label": "soon", "password": "right"})
    assert (await office.fill({})).action == "clear"
    await office.posted("`soon` was added")
    office.workspace.advance(timedelta(days=7))
    return await office.posted("The client certificate `soon`")


async def _listed(office: Office, *, days: int) -> Json:
    """The first list of a channel with one certificate, which was added so many days before its end."""
    await office.production()
    await office.unlocked(made.container("right", days=days))
    await office.fill({"label": "later", "password": "right"})
    await office.fill({})
    await office.posted("`later` was added")
    office.workspace.advance(timedelta(days=7))
    return await office.posted("in the coming months*")


async def test_a_warning_mentions_the_owner_and_can_be_seen(office: Office) -> None:
    """It says when it expires, mentions who added the environment, and after Seen says by whom, without a mention."""
    warning = await _warned(office)
    assert "*expires in 13 days*" in shown(warning)
    assert f"<@{ALICE}>: Order a new one" in shown(warning)
    await office.click(warning, "expiry_seen", member=DAVE)
    await office.whispered(DAVE, text="Guests")
    await office.click(warning, "expiry_seen", member=BOB)
    seen = await office.posted("Seen by")
    assert f"Seen by <@{BOB}>" in shown(seen)
    assert "expiry_seen" not in buttons(seen)
    assert "expiry_replace" in buttons(seen)
    assert f"<@{ALICE}>: Order" not in shown(seen)


async def test_replace_opens_the_window_for_that_label(office: Office) -> None:
    """One click from the warning to the window that adds the next version: its label is shown, and cannot be typed."""
    warning = await _warned(office)
    await office.click(warning, "expiry_replace")
    view = await office.modal("Replace a certificate")
    assert "The file replaces `soon`." in shown(view)
    assert "label" not in {block.get("block_id") for block in view["blocks"]}
    assert "orders/production" in shown(view)


async def test_what_replaces_another_subject_is_asked_again(office: Office) -> None:
    """A file for another subject shows old beside new first; the second click makes it the next version."""
    warning = await _warned(office)
    await office.click(warning, "expiry_replace")
    await office.modal("Replace a certificate")
    file = made.container("right", name="new.example")
    assert (await office.fill({"password": "right"}, files=[("new.pfx", file)])).action == "update"
    again = shown(office.workspace.views(ALICE)[-1])
    assert "→ CN=new.example" in again
    assert "*This would be added to orders/production:* `soon`" in again
    assert (await office.fill({"password": "right"})).action == "clear"
    assert "`soon`" in shown(await office.posted("new version 2"))


async def test_a_ca_certificate_that_expires_can_be_replaced_as_well(office: Office) -> None:
    """Its warning says what to ask for, and opens the window with the environment chosen and no label."""
    await office.production()
    root, _ = made.certificate("Partner Root", ca=True, days=20)
    await office.workspace.drop_file(ALICE, ORDERS, "root.pem", root.public_bytes(Encoding.PEM))
    offer = await office.whispered(text="root.pem")
    await office.click(offer, "upload_authority")
    await office.modal("Add CA certificates")
    assert (await office.fill({})).action == "clear"
    await office.posted("1 CA certificate added")
    office.workspace.advance(timedelta(days=7))
    warning = await office.posted("The CA certificate `Partner Root`")
    assert f"<@{ALICE}>: Ask the partner for its new CA certificate" in shown(warning)
    await office.click(warning, "expiry_replace")
    view = await office.modal("Add to Certdesk")
    assert "orders/production" in shown(view)


async def test_what_is_far_off_stands_in_a_weekly_list(office: Office) -> None:
    """The channel reads on Monday what expires in the coming months."""
    digest = await _listed(office, days=70)
    assert "`later` in orders/production expires in 63 days" in shown(digest)
    assert len([one for one in office.workspace.messages(ORDERS) if "coming months" in shown(one)]) == 1
    (line,) = [block for block in digest["blocks"] if "accessory" in block]
    await office.workspace.click(ALICE, digest["ts"], "expiry_replace", block_id=line["block_id"])
    assert "`later`" in shown(await office.modal("Replace a certificate"))


async def test_a_list_can_be_seen(office: Office) -> None:
    """Who has seen it stands in it, with what that means; the next list leaves it out."""
    digest = await _listed(office, days=80)
    await office.workspace.click(ALICE, digest["ts"], "digest_seen")
    seen = await office.posted(f"Seen by <@{ALICE}>. What expires later is left out")
    assert seen["ts"] == digest["ts"]
    assert "`later` in orders/production expires in 73 days" in shown(seen)
    assert "digest_seen" not in shown(seen)
    assert "expiry_replace" in shown(seen)
    await office.unlocked(made.container("right", days=88), name="other.pfx")
    await office.fill({"label": "other", "password": "right"})
    await office.fill({})
    await office.posted("`other` was added")
    # A list that came late at the end of a week stands for the week after, too.
    office.workspace.advance(timedelta(days=10))
    next_one = await office.posted("`other` in orders/production expires")
    assert "`later`" not in shown(next_one)


async def test_a_list_that_one_person_gets_cannot_be_seen_for_the_channel(office: Office) -> None:
    """Where we are not in the channel it goes to who added the environment: with what to do, and without Seen."""
    await office.production()
    await office.unlocked(made.container("right", days=80))
    await office.fill({"label": "later", "password": "right"})
    await office.fill({})
    await office.posted("`later` was added")
    office.workspace.state.channels[ORDERS].members.discard(BOT_USER)
    office.workspace.advance(timedelta(days=7))
    direct = await office.posted("in the coming months*", channel="D0ALICE")
    assert "/invite" in shown(direct)
    assert "`later` in orders/production" in shown(direct)
    assert "Seen" not in shown(direct)


async def test_what_has_expired_is_not_forgotten(office: Office) -> None:
    """It stands on top of the weekly list until it is replaced."""
    await office.production()
    await office.unlocked(made.container("right", days=2))
    await office.fill({"label": "bank", "password": "right"})
    await office.fill({})
    await office.posted("`bank` was added")
    office.workspace.advance(timedelta(days=3))
    await office.posted("The client certificate `bank` in *orders/production* *has expired*")
    office.workspace.advance(timedelta(days=7))
    # From a Sunday on, a list came before this one.
    digest = await office.posted("`bank` in orders/production *expired 8 days ago*")
    assert "has expired and was not replaced*" in shown(digest)
    assert "until it is replaced or removed" in shown(digest)
