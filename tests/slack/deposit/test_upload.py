"""From a dropped file to a card, seen from the channel."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.workspace.core.people import BOT_USER
from tests import making
from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, GENERAL, ORDERS, PRODUCTION, Json, Office, buttons, shown

# One loop for all: the worker process that opens files lives with the loop.
PAYMENTS = "C0PAYMENTS"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_dropped_container_becomes_a_card_and_a_reminder(office: Office) -> None:
    """Unlock, a wrong password under the field, the right one, then card and reminder for everybody."""
    await office.production()
    await office.unlocked(made.container("right"))

    wrong = await office.fill({"password": "wrong", "pins": "partner.example"})
    assert list(wrong.errors) == ["password"]
    assert "assword" in wrong.errors["password"]

    done = await office.fill({"password": "right"})
    assert done.action == "clear"
    card = await office.posted("card_details")
    assert all(part in shown(card) for part in ("`partner` was added", PRODUCTION, "Expires in", "`partner.example`"))
    await office.click(card, "card_details")
    details = shown(await office.whispered(text="SHA-256 fingerprint"))
    assert all(part in details for part in ("CN=shop.example", "`Partner Root`", "Serial number"))
    reminder = await office.posted("waits for a restart")
    assert buttons(reminder) == ["restart_done", "restart_later"]
    await office.whispered(text="is still in this channel")


async def test_what_is_only_noted_is_said_to_who_added_it(office: Office) -> None:
    """An old container is packed anew: that is no reason to ask, and no reason to say nothing."""
    leaf, intermediate, root = making.make_chain()
    await office.production()
    await office.unlocked(making.pfx(leaf, [root, intermediate], legacy=True), name="old.pfx")
    assert (await office.fill({"password": making.PASSWORD})).action == "clear"
    said = shown(await office.whispered(text="For you to know"))
    assert "uses old encryption" in said
    assert "not in the usual order" in said
    assert "leads to `Test Root`, a private root" in said


async def test_files_are_fetched_when_it_is_their_members_turn(office: Office) -> None:
    """While Alice's other file is opened, this one is not in memory; Bob's does not wait for hers."""
    await office.production()
    for member in (ALICE, BOB):
        await office.workspace.command(member, ORDERS, "/cert add")
        await office.modal("Add to Certdesk", member=member)
    async with office.desk.opener.fetching(ALICE):
        hers = asyncio.create_task(
            office.fill({"password": "right", "label": "hers"}, files=[("hers.pfx", made.container("right"))])
        )
        his = await office.fill(
            {"password": "right", "label": "his"}, member=BOB, files=[("his.pfx", made.container("right"))]
        )
        assert his.action in {"clear", "update"}
        fetched = [one.arguments["file"] for one in office.workspace.calls if one.method == "files.info"]
        assert {office.workspace.state.files[one].owner for one in fetched} == {BOB}
    assert (await hers).action in {"clear", "update"}


async def test_a_file_that_is_shared_again_is_offered_there_too(office: Office) -> None:
    """The same file in a second channel goes to that channel's environment; what was added before is no obstacle."""
    await office.production()
    await office.cert("env add payments/production Europe/Berlin", channel=PAYMENTS)
    file_id = await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    for channel in (ORDERS, PAYMENTS):
        if channel == PAYMENTS:
            office.workspace.share_file(ALICE, file_id, PAYMENTS)
        offer = await office.whispered(channel=channel, text="partner.pfx")
        await office.click(offer, buttons(offer)[0])
        await office.modal()
        assert (await office.fill({"password": "right"})).action == "clear"
    assert "payments/production" in shown(await office.posted("was added", channel=PAYMENTS))


async def test_a_file_of_somebody_else_is_not_added(office: Office) -> None:
    """Bob's file in a channel that Alice is not in: its id in her form gets one sentence, and nothing of the file."""
    await office.production()
    office.workspace.channels[GENERAL].members |= {BOT_USER}
    office.workspace.channels[GENERAL].members -= {ALICE}
    file_id = await office.workspace.drop_file(BOB, GENERAL, "secret-name.pem", made.container("right"))
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal("Add to Certdesk")
    view = office.workspace.views(ALICE)[-1]
    forged = {"files": {"value": {"type": "file_input", "files": [{"id": file_id}]}}, "password": {"value": "right"}}
    answer = await office.workspace.submit(ALICE, view["id"], forged)
    told = shown(answer.errors) + shown(office.workspace.views(ALICE))
    assert "was shared by somebody else" in told
    assert "secret-name" not in told
    assert not [one for one in office.workspace.messages(ORDERS) if "was added" in shown(one)]


async def test_cert_add_takes_file_and_password_in_one_modal(office: Office) -> None:
    """The safest way in: a file that lies in no channel, and nothing to clean up."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal("Add to Certdesk")
    values = {"label": "partner", "password": "right"}

    wrong = await office.fill({**values, "password": "no"}, files=[("partner.pfx", made.container("right"))])
    assert list(wrong.errors) == ["password"]
    assert (await office.fill(values)).action == "clear"
    await office.posted("was added to")


async def test_cert_add_takes_the_label_from_the_name_of_the_file(office: Office) -> None:
    """A label that is left empty is the file's name without its ending, as for a dropped file."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    assert (await office.fill({}, files=[("partner bank.pem", made.pem_pair())])).action == "clear"
    await office.posted("`partner-bank` was added to")


async def test_cert_add_asks_for_a_label_only_where_one_is_needed(office: Office) -> None:
    """Authorities have no label; a client certificate whose file has no name for one is an error under the field."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    refused = await office.fill({}, files=[("--.pem", made.pem_pair())])
    assert list(refused.errors) == ["label"]

    done = await office.fill({}, files=[("bundle.pem", made.bundle("Root One", "Root Two"))])
    assert done.action == "clear"
    await office.posted("2 CA certificates added")


async def test_a_long_bundle_is_folded(office: Office) -> None:
    """Thirty authorities are thirty rows, and one card of ten lines."""
    await office.production()
    bundle = made.bundle(*(f"Root {number}" for number in range(30)))
    view = await office.unlocked(bundle, name="bundle.pem")
    assert view["title"]["text"] == "Add CA certificates"
    assert (await office.fill({})).action == "clear"
    card = await office.posted("30 CA certificates added")
    assert "and 20 more" in shown(card)


async def test_a_pair_of_clear_key_and_certificate_is_made_a_container(office: Office) -> None:
    """No password is asked where none is needed."""
    await office.production()
    view = await office.unlocked(made.pem_pair(), name="pair.pem")
    assert view["title"]["text"] == "Make a PKCS #12"
    assert "password" not in {block["block_id"] for block in view["blocks"]}
    assert (await office.fill({"label": "pair"})).action == "clear"
    await office.posted("was added to")


async def test_warnings_ask_for_a_second_click(office: Office) -> None:
    """What ends soon is shown first, with everything typed kept; the second click adds it."""
    await office.production()
    await office.unlocked(made.container("right", days=20))
    first = await office.fill({"label": "soon", "password": "right"})
    assert first.action == "update"
    view = office.workspace.views(ALICE)[-1]
    assert view["submit"]["text"] == "Add anyway"
    assert "findings|expires_soon" in {block["block_id"] for block in view["blocks"]}
    assert (await office.fill({})).action == "clear"
    await office.posted("`soon` was added")


async def test_blockers_stand_in_the_modal(office: Office) -> None:
    """An expired certificate cannot be added anyway."""
    await office.production()
    await office.unlocked(made.container("right", days=-3))
    assert (await office.fill({"password": "right"})).action == "update"
    view = office.workspace.views(ALICE)[-1]
    assert "Nothing was added" in shown(view)
    assert "Blocker:" in shown(view)
    assert view["submit"]["text"] == "Add"


async def test_a_second_deposit_under_a_label_replaces_the_first(office: Office) -> None:
    """The card says which version it replaces; the one reminder collects both changes."""
    await office.production()
    for name in ("first.pfx", "second.pfx"):
        await office.unlocked(made.container("right"), name=name)
        await office.fill({"label": "partner", "password": "right"})
        await office.posted("`partner`")
    await office.posted("replaces version 1")

    def reminders() -> list[Json]:
        return [message for message in office.workspace.messages(ORDERS) if "restart_done" in buttons(message)]

    await office.workspace.wait_for(lambda: "has a new version" in shown(reminders()))
    assert len(reminders()) == 1


async def test_the_environment_can_be_added_on_the_way(office: Office) -> None:
    """Where the channel has none, the button leads through its modal straight to the file's."""
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    offer = await office.whispered(text="partner.pfx")
    assert buttons(offer) == ["upload_environment"]
    await office.click(offer, "upload_environment")
    await office.modal("Add an environment")

    bad = await office.fill({"path": "Orders Production"})
    assert list(bad.errors) == ["path"]
    zone = await office.fill({"path": PRODUCTION, "timezone": "Europe/Berln"})
    assert "Europe/Berlin" in zone.errors["timezone"]
    assert (await office.fill({"timezone": "Europe/Berlin"})).action == "update"
    await office.modal("Unlock")
    assert (await office.fill({"password": "right"})).action == "clear"
    await office.posted("was added to")


async def test_the_button_leads_to_the_file_once_there_is_an_environment(office: Office) -> None:
    """After the environment was added and the file's window cancelled, the same button opens the file's window."""
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    offer = await office.whispered(text="partner.pfx")
    await office.click(offer, "upload_environment")
    await office.modal("Add an environment")
    assert (await office.fill({"path": PRODUCTION})).action == "update"
    unlock = await office.modal("Unlock")
    await office.workspace.close_view(ALICE, unlock["id"])

    await office.click(offer, "upload_environment")
    await office.modal("Unlock")
    assert (await office.fill({"password": "right"})).action == "clear"
    await office.posted("was added to")


async def test_an_offer_and_a_form_of_an_earlier_release_lead_to_the_file(office: Office) -> None:
    """They have the ids of an environment that is added by itself, with the upload's id in them."""
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    offer = await office.whispered(text="partner.pfx")
    (row,) = [block for block in offer["blocks"] if block["type"] == "actions"]
    row["elements"][0]["action_id"] = "environment_add"
    await office.click(offer, "environment_add")
    view = await office.modal("Add an environment")
    view["callback_id"] = "environment"
    assert (await office.fill({"path": PRODUCTION})).action == "update"
    await office.modal("Unlock")


async def test_the_file_is_deleted_where_slack_lets_us(office: Office) -> None:
    """With such a token no private key stays in the channel, and nothing is said about it."""
    office.workspace.bots_delete_files = True
    await office.production()
    await office.unlocked(made.container("right"))
    await office.fill({"password": "right"})
    await office.workspace.wait_for(lambda: all(file.deleted for file in office.workspace.state.files.values()))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.pfx", b"", "empty.pfx"),
        ("huge.pfx", b"0" * (11 * 1024 * 1024), "10 MB"),
        ("photo.pfx", b"\x89PNG\r\n\x1a\n" + bytes(200), "photo.pfx"),
        ("store.jks", b"\xfe\xed\xfe\xed\0\0\0\2" + bytes(60), "Java keystore (JKS), but is cut off or damaged"),
    ],
)
async def test_a_file_that_cannot_be_used_is_answered(office: Office, name: str, data: bytes, said: str) -> None:
    """The uploader alone reads what it is and what to do; there is nothing to click."""
    await office.production()
    await office.workspace.drop_file(ALICE, ORDERS, name, data)
    answer = await office.whispered(text=name)
    assert said in shown(answer)
    assert "Blocker:" in shown(answer)
    assert buttons(answer) == []


async def test_a_container_named_txt_is_recognised(office: Office) -> None:
    """The name decides nothing."""
    await office.production()
    await office.workspace.drop_file(ALICE, ORDERS, "notes.txt", made.container("right"))
    assert buttons(await office.whispered(text="notes.txt")) == ["upload_unlock"]


async def test_a_picture_gets_silence(office: Office) -> None:
    """A file that has nothing to do with us is none of our business."""
    await office.production()
    before = len(office.workspace.ephemerals(ALICE, ORDERS))
    await office.workspace.drop_file(ALICE, ORDERS, "cat.png", b"\x89PNG\r\n\x1a\n" + bytes(200))
    await office.workspace.drop_file(ALICE, ORDERS, "key.pem", made.lone_key())
    await office.whispered(text="key.pem")
    assert len(office.workspace.ephemerals(ALICE, ORDERS)) == before + 1


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("Budget", {"is_external": True, "mode": "external", "external_type": "gdrive"}),
        ("Plan.docx", {"is_external": True, "mode": "external", "external_type": "onedrive"}),
        ("Notes", {"mode": "canvas", "filetype": "quip", "mimetype": "application/vnd.slack-docs"}),
        ("Tasks", {"mode": "list", "filetype": "list", "url_private_download": "", "url_private": ""}),
        ("cat.png", {"mode": "tombstone"}),
        ("cat.png", {"mode": "hidden_by_limit"}),
        ("cat.png", {"url_private_download": "https://elsewhere.example/cat.png"}),
    ],
)
async def test_what_is_no_certificate_gets_silence_on_every_path(
    office: Office, name: str, described: dict[str, Any]
) -> None:
    """Links, lists, canvases, and pictures that are gone: nobody asked us about them."""
    await office.production()
    before = len(office.workspace.ephemerals(ALICE, ORDERS))
    await office.workspace.drop_file(ALICE, ORDERS, name, b"<html>sign in</html>", described=described)
    await office.workspace.drop_foreign_file(ALICE, ORDERS, "unknown", b"anything")
    await office.workspace.drop_file(ALICE, ORDERS, "key.pem", made.lone_key())
    await office.whispered(text="key.pem")
    assert len(office.workspace.ephemerals(ALICE, ORDERS)) == before + 1


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        ({"is_external": True, "mode": "external"}, "a link to a file outside Slack"),
        ({"file_access": "access_denied"}, "belongs to another workspace"),
        ({"mode": "tombstone"}, "not there any more"),
    ],
)
async def test_what_is_called_like_a_certificate_is_answered(
    office: Office, described: dict[str, Any], sentence: str
) -> None:
    """Somebody meant us: the sentence says how to bring it here."""
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", b"anything", described=described)
    answer = shown(await office.whispered())
    assert sentence in answer
    assert "/cert add" in answer


async def test_a_file_that_was_deleted_meanwhile(office: Office) -> None:
    """One sentence in place of the form, and nothing is stored."""
    await office.production()
    await office.unlocked(made.container("right"))
    for file_id in office.workspace.state.files:
        office.workspace.delete_file(file_id)
    assert (await office.fill({"password": "right"})).action == "update"
    assert "not there any more" in shown(office.workspace.views(ALICE)[-1])
    assert "Nothing yet" in shown(await office.cert("list"))


async def test_an_environment_that_was_removed_meanwhile(office: Office) -> None:
    """The error stands under the environment, and nothing is stored."""
    await office.production()
    await office.unlocked(made.container("right"))
    await office.cert(f"env remove {PRODUCTION}")
    refused = await office.fill({"password": "right"})
    assert "removed" in refused.errors["environment"]


async def test_a_missing_scope_is_named(office: Office) -> None:
    """Slack's login page is not a certificate; the answer says what an admin has to do."""
    await office.production()
    await office.unlocked(made.container("right"))
    office.workspace.scopes.discard("files:read")
    assert (await office.fill({"password": "right"})).action == "update"
    assert "files:read" in shown(office.workspace.views(ALICE)[-1])


async def test_guests_are_told_to_ask_a_member(office: Office) -> None:
    """A guest may look and not change."""
    await office.production()
    assert "Guests" in shown(await office.cert("add", member=DAVE))
    await office.workspace.drop_file(DAVE, ORDERS, "partner.pfx", made.container("right"))
    offer = await office.whispered(DAVE, text="partner.pfx")
    assert "Guests" in shown(offer)
    assert buttons(offer) == []


async def test_a_slow_file_shows_checking_first(hurried: Office) -> None:
    """What takes longer than Slack waits is answered in the modal later; what was typed comes back, but no password."""
    office = hurried
    await office.production()
    await office.unlocked(made.hostile_container(), name="bomb.pfx")
    first = await office.fill({"label": "bomb", "pins": "partner.example", "password": "x"})
    assert first.action == "update"
    assert office.workspace.views(ALICE)[-1]["callback_id"] == "checking"
    await office.workspace.wait_for(lambda: "Blocker:" in shown(office.workspace.views(ALICE)[-1]), timeout=9)
    view = office.workspace.views(ALICE)[-1]
    asked = {block["block_id"]: block for block in view["blocks"]}
    assert view["callback_id"] == "deposit"
    assert asked["label"]["element"]["initial_value"] == "bomb"
    assert asked["environment"]["element"]["initial_option"]["text"]["text"] == PRODUCTION
    assert "initial_value" not in asked["password"]["element"]


async def test_what_was_found_stands_even_where_slack_takes_up_checking_late(hurried: Office) -> None:
    """The acknowledgement may reach the modal after a call that was made later: "checking" is not the last word."""
    await hurried.production()
    await hurried.unlocked(made.hostile_container(), name="bomb.pfx")
    hurried.workspace.faults.late_acks = 1.5
    assert (await hurried.fill({"password": "x"})).action == "update"
    await hurried.workspace.wait_for(lambda: "Blocker:" in shown(hurried.workspace.views(ALICE)[-1]), timeout=9)
    assert hurried.workspace.views(ALICE)[-1]["callback_id"] == "deposit"


async def test_a_modal_closed_while_checking_is_answered_in_the_channel(hurried: Office) -> None:
    """Nothing that was found gets lost."""
    office = hurried
    await office.production()
    view = await office.unlocked(made.hostile_container(), name="bomb.pfx")
    await office.fill({"password": "x"})
    await office.workspace.close_view(ALICE, view["id"])
    await office.workspace.wait_for(
        lambda: "closed while" in shown(office.workspace.ephemerals(ALICE, ORDERS)), timeout=9
    )


async def test_the_same_event_four_times_is_one_offer(office: Office) -> None:
    """Slack delivers again; the uploader reads it once."""
    await office.production()
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    event_id = next(iter(office.workspace.events))
    await office.workspace.redeliver_event(event_id, times=4)
    await office.whispered(text="partner.pfx")
    await office.workspace.drop_file(ALICE, ORDERS, "key.pem", made.lone_key())
    await office.whispered(text="key.pem")
    offers = [one for one in office.workspace.ephemerals(ALICE, ORDERS) if "partner.pfx" in shown(one)]
    assert len(offers) == 1


async def test_a_name_made_to_mention_everybody_mentions_nobody(office: Office) -> None:
    """File name and subject stand as they are, in every message."""
    await office.production()
    hostile = "<!channel> *x* &amp;"
    await office.workspace.drop_file(ALICE, ORDERS, "<!channel>.pfx", made.container("right", name=hostile))
    offer = await office.whispered(text="upload_unlock")
    assert "`&lt;!channel&gt;.pfx`" in shown(offer)
    await office.click(offer, "upload_unlock")
    await office.modal()
    await office.fill({"label": "hostile", "password": "right"})
    await office.click(await office.posted("card_details"), "card_details")
    details = await office.whispered(text="SHA-256 fingerprint")
    assert "`CN=&lt;!channel&gt; *x* &amp;amp;`" in shown(details)
    seen = [*office.workspace.messages(ORDERS), *office.workspace.ephemerals(ALICE, ORDERS)]
    mentioned = {who for message in seen for who in message.get("mentions", ())}
    assert mentioned <= {ALICE}, mentioned


async def test_a_channel_without_us_gets_its_card_to_the_depositor(office: Office) -> None:
    """A card that may not be posted goes to who deposited, with what to do."""
    assert "/invite" in shown(await office.cert(f"env add {PRODUCTION}", channel=GENERAL))
    await office.workspace.command(ALICE, GENERAL, "/cert add")
    await office.modal()
    await office.fill({"label": "partner", "password": "right"}, files=[("p.pfx", made.container("right"))])
    await office.workspace.wait_for(lambda: "/invite" in shown(office.workspace.messages("D0ALICE")))


async def test_somebody_elses_file_is_left_alone(office: Office) -> None:
    """Only the uploader is asked; a forged click by another is answered with a sentence."""
    await office.production()
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    offer = await office.whispered(text="partner.pfx")
    office.workspace.state.ephemerals.setdefault((BOB, ORDERS), []).append(offer)
    await office.click(offer, "upload_unlock", member=BOB)
    await office.whispered(BOB, text="shared by", after=1)


async def test_who_has_to_wait_is_told(hurried: Office) -> None:
    """A member's files are opened one after the other; the second modal says so."""
    office = hurried
    await office.production()
    offers = []
    for name in ("first.pfx", "second.pfx"):
        await office.workspace.drop_file(ALICE, ORDERS, name, made.hostile_container())
        offers.append(await office.whispered(text=name))
    for offer in offers:
        await office.click(offer, "upload_unlock")
        await office.modal("Unlock")
        assert (await office.fill({"password": "x"})).action == "update"
    assert "Yours comes next" in shown(office.workspace.views(ALICE)[-1])
    await office.workspace.wait_for(lambda: "Blocker:" in shown(office.workspace.views(ALICE)[-1]), timeout=9)


async def test_what_is_accepted_is_shown_with_its_fingerprint(office: Office) -> None:
    """The question is short: findings, what would be added, and two fields. Nothing is typed twice."""
    await office.production()
    await office.unlocked(made.container("right", days=20))
    await office.fill({"label": "soon", "password": "right", "pins": "partner.example"})
    view = office.workspace.views(ALICE)[-1]
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == ["pins", "password"]
    text = shown(view)
    assert f"*This would be added to {PRODUCTION}:* `soon`" in text
    assert all(part in text for part in ("SHA-256 fingerprint", "CN=shop.example", "in 20 days", "Serial number"))
    assert (await office.fill({})).action == "clear"
    assert "`partner.example`" in shown(await office.posted("`soon` was added"))


async def test_another_certificate_than_the_one_shown_asks_again(office: Office) -> None:
    """What was accepted holds for the certificate that was shown, and for no other."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, f"/cert add {PRODUCTION}")
    await office.modal()
    container = made.container("right", days=20, name="one.example")
    await office.fill({"label": "soon", "password": "right"}, files=[("one.pfx", container)])
    view = office.workspace.views(ALICE)[-1]
    (kept,) = (block for block in view["blocks"] if block["block_id"].startswith("kept|"))
    kept["block_id"] = kept["block_id"][:-64] + "0" * 64
    assert (await office.fill({})).action == "update"
    assert "one.example" in shown(office.workspace.views(ALICE)[-1])
