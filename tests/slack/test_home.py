"""The App Home: what waits and what expires in the channels that a member is in, and nothing of others."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.workspace import Channel
from bot.workspace.core.people import BOT_USER
from bot.workspace.members.views import publish_home
from tests.slack import made
from tests.slack.environments.planned import planned, waiting
from tests.slack.office import ALICE, BOB, DAVE, Json, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "C0SECRET"


async def _home(office: Office, member: str = ALICE) -> Json:
    """Open the tab, and wait until it was published."""
    before = office.workspace.home(member)
    await office.workspace.open_home(member)

    def published() -> Json | None:
        now = office.workspace.home(member)
        return now if now is not None and (before is None or now["hash"] != before["hash"]) else None

    found: Json = await office.workspace.wait_for(published)
    return found


async def _until(office: Office, text: str, member: str = ALICE) -> Json:
    def there() -> Json | None:
        now = office.workspace.home(member)
        return now if now is not None and text in shown(now) else None

    found: Json = await office.workspace.wait_for(there)
    return found


async def _in_secret(office: Office) -> None:
    """A private channel with Bob and the bot, in which something waits and something expires."""
    office.workspace.channels[SECRET] = Channel(SECRET, "secret", members={BOB, BOT_USER}, is_private=True)
    await office.cert("env add vault/production", member=BOB, channel=SECRET)
    await office.workspace.command(BOB, SECRET, "/cert add")
    await office.modal("Add", member=BOB)
    values = {"label": "hidden", "password": "right"}
    files = [("h.pfx", made.container("right", days=20))]
    await office.fill(values, member=BOB, files=files)
    if office.workspace.views(BOB):
        await office.fill({}, member=BOB)
    await office.posted("waits for a restart*", channel=SECRET)


async def test_before_there_is_anything(office: Office) -> None:
    """It says how to begin."""
    view = shown(await _home(office))
    assert "No environment belongs to a channel that you are in" in view
    assert "How to begin" in view


async def test_what_waits_and_what_expires(office: Office) -> None:
    """Path, channel, since when, how many changes, when the next reminder comes; and what expires within 30 days."""
    await office.production()
    await office.unlocked(made.container("right", days=20))
    await office.fill({"label": "soon", "password": "right"})
    assert (await office.fill({})).action == "clear"
    await waiting(office)
    await planned(office)
    view = shown(await _home(office, BOB))
    assert "*orders/production* in <#C0ORDERS>" in view
    assert ": `soon`, `Partner Root`" in view
    assert "2 changes not loaded since" in view
    assert "Next reminder: " in view
    assert "`soon` in *orders/production* (<#C0ORDERS>) expires in 20 days" in view


async def test_confirmed_from_the_home(office: Office) -> None:
    """The tab is shown anew and says so, and the reminder in the channel is brought up to date."""
    await office.production()
    await waiting(office)
    view = await _home(office, BOB)
    ack = await office.workspace.click(BOB, view["id"], "home_restart_done")
    assert ack.ok
    now = await _until(office, "confirmed it", BOB)
    assert "home_restart_done" not in shown(now)
    assert "Nothing: every app has loaded its changes." in shown(now)
    await office.posted(f"<@{BOB}> confirmed it")


async def test_a_tab_of_an_earlier_release_confirms_as_well(office: Office) -> None:
    """Its button has the id of a reminder's; the tab is shown anew all the same."""
    await office.production()
    await waiting(office)
    shown_now = await _home(office)
    blocks = json.loads(json.dumps(shown_now["blocks"]).replace("home_restart_done", "restart_done"))
    earlier = publish_home(office.workspace.state, BOB, {"type": "home", "blocks": blocks})
    await office.workspace.click(BOB, earlier["id"], "restart_done")
    await _until(office, "confirmed it", BOB)


async def test_what_came_after_it_was_shown_stays_pending(office: Office) -> None:
    """The button confirms the changes that the tab showed, and a stale one says that nothing more is to do."""
    await office.production()
    await waiting(office)
    view = await _home(office)
    stale = await _home(office, BOB)
    await office.unlocked(made.container("right", days=300))
    await office.fill({"label": "later", "password": "right"})
    await office.posted("`later` was added")
    await office.workspace.click(ALICE, view["id"], "home_restart_done")
    assert "1 change not loaded since" in shown(await _until(office, "confirmed it"))
    await office.workspace.click(BOB, stale["id"], "home_restart_done")
    await _until(office, "There is nothing more to do", BOB)


async def test_a_guest_looks_and_cannot_click(office: Office) -> None:
    """There is no button; one from elsewhere is refused in a message to the guest alone."""
    await office.production()
    await waiting(office)
    view = await _home(office, DAVE)
    assert "*orders/production*" in shown(view)
    assert "home_restart_done" not in shown(view)
    members = await _home(office)
    blocks = [one for one in members["blocks"] if "home_restart_done" in shown(one)]
    smuggled = publish_home(office.workspace.state, DAVE, {"type": "home", "blocks": blocks})
    await office.workspace.click(DAVE, smuggled["id"], "home_restart_done")
    await office.posted("Guests can look", channel=office.workspace.state.im_of(DAVE).id)
    assert "home_restart_done" in shown(await _home(office))


async def test_a_member_sees_their_own_channels_only(office: Office) -> None:
    """What waits and expires in a private channel is shown to who is in it, and to nobody else."""
    await _in_secret(office)
    assert "vault/production" not in shown(await _home(office))
    theirs = shown(await _home(office, BOB))
    assert "*vault/production* in <#C0SECRET>" in theirs
    assert "`hidden`" in theirs
    office.workspace.channels[SECRET].members.discard(BOB)
    assert "vault/production" not in shown(await _home(office, BOB))


async def test_a_member_of_many_channels(office: Office) -> None:
    """Page after page is asked for."""
    for number in range(450):
        id_ = f"C0A{number:04}"
        office.workspace.channels[id_] = Channel(id_, f"a{number}", members={ALICE})
    await office.production()
    await waiting(office)
    assert "*orders/production*" in shown(await _home(office))
    pages = [one for one in office.workspace.calls if one.method == "users.conversations"]
    assert len(pages) == 3


async def test_without_the_scope_only_what_one_owns(office: Office) -> None:
    """And the tab says why, and what an admin can do."""
    await office.production()
    await _in_secret(office)
    await waiting(office)
    office.workspace.scopes.discard("groups:read")
    mine, theirs = shown(await _home(office)), shown(await _home(office, BOB))
    assert "*orders/production*" in mine
    assert "vault/production" not in mine
    assert "`channels:read` and `groups:read`" in mine
    assert "*vault/production*" in theirs
    assert "orders/production* in" not in theirs
    office.workspace.scopes.add("groups:read")
    office.workspace.faults.fail("users.conversations", status=500, times=9)
    assert "Slack did not tell me just now" in shown(await _home(office))


async def test_what_has_expired_stays_until_it_is_removed(office: Office) -> None:
    """Under a heading of its own, however long ago it was."""
    await office.production()
    await office.unlocked(made.container("right", days=5))
    await office.fill({"label": "gone", "password": "right"})
    assert (await office.fill({})).action == "clear"
    await office.posted("`gone` was added")
    office.workspace.advance(timedelta(days=6))
    assert "`gone` in *orders/production* (<#C0ORDERS>) *expired yesterday*" in shown(await _home(office))
    office.workspace.advance(timedelta(days=40))
    assert "*expired 41 days ago*" in shown(await _home(office))
    await office.click(await office.cert("remove gone"), "remove_yes")
    await office.whispered(text="was removed from")
    assert "`gone` in" not in shown(await _home(office))
