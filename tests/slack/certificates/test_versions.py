"""Versions that come back, seen from the channel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import audit
from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def two_versions(office: Office, *, pins: str = "") -> None:
    """Version 1 and 2 under ``shop``, of the same name."""
    await office.production()
    for number in (1, 2):
        await office.unlocked(made.container("right"), name=f"shop-{number}.pfx")
        done = await office.fill({"password": "right", "label": "shop", "pins": pins})
        if done.action == "update":
            done = await office.fill({"password": "right", "label": "shop", "pins": pins})
        assert done.action == "clear"
        await office.posted("was added to" if number == 1 else "new version 2")
        await office.whispered(text=f"`shop-{number}.pfx` is added")


async def test_rolling_back_asks_first_and_tells_the_channel(office: Office) -> None:
    """The question names both versions; the answer stands in its place, the deed in the channel and in the reminder."""
    await two_versions(office)
    question = await office.cert("rollback shop")
    assert "Make version 1 of `shop` current" in shown(question)
    assert buttons(question) == ["rollback_yes", "rollback_no"]
    await office.click(question, "rollback_yes")
    await office.posted("is version 1 again")
    await office.posted("rolled back to an older version")
    history = shown(await office.cert("show shop"))
    assert "version 1 (current)" in history
    assert "version 2, " in history


async def test_a_question_that_is_out_of_date_changes_nothing(office: Office) -> None:
    """Somebody was faster: the button says so, and which version is current."""
    await two_versions(office)
    first = await office.cert("rollback shop 1")
    second = await office.cert("rollback shop 1")
    await office.click(first, "rollback_yes")
    await office.posted("is version 1 again")
    await office.click(second, "rollback_yes")
    await office.whispered(text="was changed meanwhile")


async def test_what_was_removed_is_restored_with_its_pins(office: Office) -> None:
    """Removed, restored: the pins are back, and the channel reads who did it."""
    await two_versions(office, pins="partner.example")
    question = await office.cert("remove shop")
    await office.click(question, "remove_yes")
    await office.posted("was removed from")
    assert "Nothing named" in shown(await office.cert("restore shopp"))
    assert "is current in" in shown(await office.cert("restore shop", member=BOB))
    await office.posted("is back in")
    assert "partner.example" in shown(await office.cert("show shop"))


async def test_an_authority_is_restored_by_its_name(office: Office) -> None:
    """Removed and restored: it is trusted again, and the channel reads who did it."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    assert (await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])).action in {"clear", "update"}
    await office.posted("added to")
    await office.click(await office.cert("remove Partner Root"), "remove_yes")
    await office.posted("was removed from")
    assert "is a CA certificate of" in shown(await office.cert("restore partner root"))
    await office.posted("restored it")
    assert "Partner Root" in shown(await office.cert("list"))
    assert "Nothing named" in shown(await office.cert("restore Partner Root"))


async def test_pins_change_without_a_deposit(office: Office) -> None:
    """New pins are said; one that another has is refused with its owner, and bad ones with an example."""
    await two_versions(office, pins="partner.example")
    assert "`b.example`" in shown(await office.cert("pin shop B.example Module.Service"))
    await office.posted("is pinned to")
    await office.unlocked(made.container("right", name="other.example"), name="other.pfx")
    assert (await office.fill({"password": "right"})).action == "clear"
    await office.posted("`other` was added")
    await office.whispered(text="`other.pfx` is added")
    assert "has the pin" in shown(await office.cert("pin other b.example"))
    assert "is not a pin" in shown(await office.cert("pin shop https://x.example/y"))


async def test_a_copy_is_judged_anew(office: Office) -> None:
    """From acceptance to production in one line: a card there, and a second copy is a duplicate."""
    await office.cert("env add orders/acceptance Europe/Berlin")
    await office.unlocked(made.container("right"), name="shop.pfx")
    assert (await office.fill({"password": "right", "pins": "partner.example"})).action == "clear"
    await office.posted("was added to *orders/acceptance*")
    await office.whispered(text="is still in this channel")
    await office.production()
    assert "is copied to *orders/production*" in shown(await office.cert("copy shop orders/production"))
    card = shown(await office.posted("was added to *orders/production*"))
    assert "partner.example" in card
    assert "already current in this environment" in shown(await office.cert("copy shop orders/production"))


async def test_a_copy_with_warnings_asks(office: Office) -> None:
    """What ends soon is copied on a second click only."""
    await office.cert("env add orders/acceptance Europe/Berlin")
    await office.unlocked(made.container("right", days=20), name="shop.pfx")
    for _ in range(2):
        await office.fill({"password": "right"})
    await office.posted("was added to *orders/acceptance*")
    await office.whispered(text="is still in this channel")
    await office.production()
    question = await office.cert("copy shop orders/production")
    assert "Nothing was copied yet" in shown(question)
    await office.click(question, "copy_anyway")
    await office.posted("was added to *orders/production*")


@pytest.mark.parametrize(
    "command", ["rollback shop", "restore shop", "pin shop a.example", "copy shop orders/production"]
)
async def test_guests_change_nothing(office: Office, command: str) -> None:
    """A guest is told to ask a member, and that they tried is written down."""
    await office.production()
    assert "Guests" in shown(await office.cert(command, member=DAVE))
    async with office.desk.store.transaction() as tx:
        (event,) = await audit.events(tx, limit=1)
    assert (event.tag, event.actor, event.detail["why"]) == (audit.Tag.ATTEMPT_REFUSED, DAVE, "NotAllowed")


@pytest.mark.parametrize("command", ["rollback", "rollback shop x", "pin shop", "copy shop", "restore"])
async def test_half_a_command_is_completed(office: Office, command: str) -> None:
    """What is missing is said with the whole command."""
    await office.production()
    assert "Write it like this" in shown(await office.cert(command))


async def test_a_new_version_keeps_the_pins(office: Office) -> None:
    """Renewed without typing the pins again, it is used for what it was; `none` takes them away."""
    await two_versions(office, pins="partner.example")
    await office.unlocked(made.container("right"), name="shop-3.pfx")
    while (await office.fill({"password": "right", "label": "shop"})).action == "update":
        pass
    await office.posted("new version 3")
    await office.whispered(text="`shop-3.pfx` is added")
    assert "`partner.example`" in shown(await office.cert("show shop"))
    assert "has the pins none" in shown(await office.cert("pin shop none"))
    assert "`partner.example`" not in shown(await office.cert("show shop"))


async def test_what_comes_back_can_be_removed_again(office: Office) -> None:
    """Removed, restored and removed: the channel reads of each removal."""
    await two_versions(office)
    for _ in range(2):
        question = await office.cert("remove shop")
        await office.click(question, "remove_yes")
        await office.tracker.wait(30)
        await office.cert("restore shop")
    await office.workspace.wait_for(
        lambda: len([one for one in office.workspace.messages(ORDERS) if "was removed from" in shown(one)]) == 2
    )


async def test_the_trail_says_where_a_deed_came_from(office: Office) -> None:
    """Every event of a command names its channel, and the request that the logs have."""
    await two_versions(office)
    await office.cert("pin shop partner.example")
    async with office.desk.store.transaction() as tx:
        event = next(one for one in await audit.events(tx) if one.tag == audit.Tag.CERTIFICATE_PINNED)
        deposit = next(one for one in await audit.events(tx) if one.tag == audit.Tag.CERTIFICATE_DEPOSITED)
    assert event.detail["where"].startswith(f"slack:{ORDERS}:")
    assert deposit.detail["where"].startswith("slack:")


async def test_a_removal_can_be_undone(office: Office) -> None:
    """For ten minutes, with one click, by whoever removed it; after that the answer names the command."""
    await two_versions(office)
    await office.click(await office.cert("remove shop"), "remove_yes")
    gone = await office.whispered(text="was removed from")
    assert buttons(gone) == ["remove_undo"]
    await office.click(gone, "remove_undo")
    await office.whispered(text="is current in")
    await office.posted("is back in")
    await office.click(await office.cert("remove shop"), "remove_yes")
    late = await office.whispered(text="was removed from")
    office.workspace.advance(timedelta(minutes=11))
    await office.click(late, "remove_undo")
    await office.whispered(text="/cert restore")


async def test_a_removal_that_somebody_undid_is_not_too_late(office: Office) -> None:
    """The second one reads what is current, and nothing is changed twice."""
    await two_versions(office)
    await office.click(await office.cert("remove shop"), "remove_yes")
    gone = await office.whispered(text="was removed from")
    await office.cert("restore shop", member=BOB)
    await office.posted("is back in")
    await office.click(gone, "remove_undo")
    await office.workspace.wait_for(lambda: "is current in" in shown(gone))
    assert len([one for one in office.workspace.messages(ORDERS) if "is back in" in shown(one)]) == 1
