"""People of other companies, apps and deactivated accounts: they see one sentence, and change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.workspace.core.people import PARTNER_TEAM, Person
from store import audit, environments
from store.certificates import authorities
from store.restarts import pending
from tests.slack import made
from tests.slack.office import ALICE, BOB, PRODUCTION, Json, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
ERIN, BANK = "U0ERIN", "C0BANK"

OUTSIDERS: dict[str, tuple[dict[str, Any], str]] = {
    "external": ({"team": PARTNER_TEAM}, "people of one company only"),
    "external admin": ({"team": PARTNER_TEAM, "is_admin": True}, "people of one company only"),
    "of another organisation": ({"team": PARTNER_TEAM, "enterprise": "E0PARTNER"}, "people of one company only"),
    "app": ({"is_app": True}, "for people only"),
    "deactivated": ({"is_deactivated": True}, "is deactivated"),
}


def _becomes(office: Office, kind: str) -> str:
    """Let Erin be one of them; what is said to her."""
    given, sentence = OUTSIDERS[kind]
    office.workspace.state.members[ERIN] = Person(ERIN, "erin", "Erin", "Europe/Paris", **given)
    return sentence


async def _shared(office: Office) -> Json:
    """A channel that is shared with another company, with an environment in it that waits for a restart."""
    question = await office.cert(f"env add {PRODUCTION} Europe/Berlin", channel=BANK)
    await office.click(question, "environment_shared")
    await office.whispered(channel=BANK, text="is added to")
    await office.workspace.command(ALICE, BANK, "/cert add")
    await office.modal()
    assert (await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])).action == "clear"
    return await office.posted("waits for a restart*", channel=BANK)


async def _untouched(office: Office) -> None:
    """The restart is pending, and the environment trusts what it did."""
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, BANK)
        restart = await pending.of(tx, place.id)
        assert restart is not None
        assert (restart.confirmed_at, restart.snoozed_until, len(restart.changes)) == (None, None, 1)
        assert [one.name for one in await authorities.current(tx, place.id)] == ["Partner Root"]


async def _refusals(office: Office) -> list[str]:
    async with office.desk.store.transaction() as tx:
        events = await audit.events(tx, limit=20)
    return [event.actor for event in events if event.tag == audit.Tag.ATTEMPT_REFUSED]


@pytest.mark.parametrize("kind", OUTSIDERS)
async def test_a_click_changes_nothing(office: Office, kind: str) -> None:
    """Every button under a reminder; the attempt is in the audit log."""
    reminder = await _shared(office)
    sentence = _becomes(office, kind)
    for number, action in enumerate(("restart_done", "restart_later")):
        await office.workspace.click(ERIN, reminder["ts"], action)
        await office.whispered(ERIN, channel=BANK, text=sentence, after=number)
    await _untouched(office)
    assert not office.workspace.views(ERIN)
    assert await _refusals(office) == [ERIN, ERIN]


@pytest.mark.parametrize("kind", OUTSIDERS)
@pytest.mark.parametrize("command", ["", "list", "help", "add", "show Partner Root", "env list", "restart done"])
async def test_a_command_shows_nothing(office: Office, kind: str, command: str) -> None:
    """Neither what there is nor how to begin: one sentence."""
    await _shared(office)
    sentence = _becomes(office, kind)
    answer = shown(await office.cert(command, member=ERIN, channel=BANK))
    assert sentence in answer
    assert "orders/production" not in answer
    assert not office.workspace.views(ERIN)
    await _untouched(office)


@pytest.mark.parametrize("kind", OUTSIDERS)
async def test_a_dropped_file_is_not_offered(office: Office, kind: str) -> None:
    """It is looked at, and nothing is said."""
    await _shared(office)
    _becomes(office, kind)
    await office.workspace.drop_file(ERIN, BANK, "partner.pfx", made.container("right"))
    await office.workspace.drop_file(ALICE, BANK, "other.pfx", made.container("right"))
    await office.whispered(ALICE, channel=BANK, text="other.pfx")
    assert office.workspace.ephemerals(ERIN, BANK) == []
    assert office.workspace.messages(office.workspace.state.im_of(ERIN).id) == []


@pytest.mark.parametrize("kind", OUTSIDERS)
async def test_the_home_is_one_sentence(office: Office, kind: str) -> None:
    """Nothing of any environment, and no help."""
    await _shared(office)
    sentence = _becomes(office, kind)
    await office.workspace.open_home(ERIN)
    await office.workspace.wait_for(lambda: office.workspace.home(ERIN))
    home = office.workspace.home(ERIN)
    assert home is not None
    assert sentence in shown(home)
    assert len(home["blocks"]) == 1
    await office.tracker.wait(30)
    assert await _refusals(office) == [ERIN]


async def test_a_form_that_was_open_is_refused_when_its_member_has_left(office: Office) -> None:
    """The account was deactivated meanwhile: Slack tells, and what was remembered of it ends at once."""
    await office.production()
    await office.workspace.command(BOB, "C0ORDERS", "/cert add")
    view = await office.modal(member=BOB)
    bob = office.workspace.members[BOB]
    office.workspace.change_member(replace(bob, is_deactivated=True))
    await _delivered(office, "user_change")
    assert view["callback_id"] == "add"
    await office.fill({}, member=BOB, files=[("ca.pem", made.bundle("Partner Root"))])
    await office.workspace.wait_for(lambda: "is deactivated" in shown(office.workspace.views(BOB)))
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, "C0ORDERS")
        assert await authorities.current(tx, place.id) == []


async def test_whom_slack_does_not_describe_is_refused_with_the_reason(office: Office) -> None:
    """Without the scope nobody can be told from anybody else."""
    await office.production()
    office.workspace.scopes.discard("users:read")
    answer = shown(await office.cert("env list", member="U0CAROL"))
    assert "users:read" in answer
    assert "orders/production" not in answer


async def test_a_member_of_a_sibling_workspace_may_do_what_members_may(office: Office) -> None:
    """On the same Grid organisation; being an admin over there counts for nothing here."""
    office.workspace.enterprise = "E0GRID"
    reminder = await _shared(office)
    sister = Person(ERIN, "erin", "Erin", "Europe/Paris", is_admin=True, team="T0SISTER", enterprise="E0GRID")
    office.workspace.state.members[ERIN] = sister
    refused = await office.cert("env connect", member=ERIN, channel=BANK)
    assert "workspace admin" in shown(refused)
    await office.workspace.click(ERIN, reminder["ts"], "restart_done")
    await office.posted(f"<@{ERIN}> confirmed", channel=BANK)


async def _delivered(office: Office, event: str) -> None:
    """Wait until the bot has acknowledged such an event."""
    await office.workspace.wait_for(lambda: any(event in shown(one.payload) for one in office.workspace.deliveries))


async def test_a_key_in_a_shared_channel_has_leaked(office: Office) -> None:
    """Who dropped it reads what to do and gets no button; the owners read it in a direct message, once each."""
    await _shared(office)
    await office.workspace.drop_file(BOB, BANK, "partner.pfx", made.container("right"))
    told = await office.whispered(BOB, channel=BANK, text="A private key has leaked")
    assert "is shared with `Partner Bank`" in shown(told)
    assert "renewed with a new key" in shown(told)
    assert "upload_unlock" not in shown(told)

    def direct() -> list[Json]:
        dms = [one for one in office.workspace.channels.values() if one.im_with == ALICE]
        return [one for dm in dms for one in office.workspace.messages(dm.id) if "has leaked" in shown(one)]

    await office.workspace.wait_for(direct)
    (owner,) = direct()
    assert f"<@{BOB}> dropped `partner.pfx`" in shown(owner)
    assert f"<#{BANK}> is shared with" in shown(owner)


async def test_ca_certificates_in_a_shared_channel_are_offered_as_ever(office: Office) -> None:
    """They are public."""
    await _shared(office)
    await office.workspace.drop_file(BOB, BANK, "ca.pem", made.bundle("Another Root"))
    assert "upload_authority" in shown(await office.whispered(BOB, channel=BANK, text="ca.pem"))
