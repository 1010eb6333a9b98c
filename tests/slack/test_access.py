"""Who may change an environment: asked when it is changed, whatever the person saw before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.slack.bolt import people
from bot.workspace.core.people import BOT_USER
from bot.workspace.deploy_api import STOP
from store import Environment, audit, environments
from store.certificates import authorities
from store.database import begun
from store.models import EnvironmentRow
from store.restarts import pending
from tests.slack import made
from tests.slack.office import ALICE, BOB, GENERAL, ORDERS, PRODUCTION, Json, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
CAROL = "U0CAROL"


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack said a moment ago is not remembered."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)


async def _added(office: Office, name: str = "Partner Root", *, member: str = ALICE) -> None:
    await office.workspace.command(member, ORDERS, "/cert add")
    await office.modal(member=member)
    assert (await office.fill({}, member=member, files=[("ca.pem", made.bundle(name))])).action == "clear"


async def _reminded(office: Office) -> Json:
    await office.production()
    await _added(office)
    return await office.posted("waits for a restart*")


def _leaves(office: Office, member: str, channel: str = ORDERS) -> None:
    office.workspace.channels[channel].members.discard(member)


async def _place(office: Office, channel: str = ORDERS) -> Environment:
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, channel)
    return place


async def test_who_makes_themselves_owner_in_the_database_owns_nothing(office: Office) -> None:
    """Bob writes himself into the row: he is told that something changed it, and so is everybody else."""
    await office.production()
    async with begun(office.desk.store.engine) as session:
        await session.execute(update(EnvironmentRow).values(owners=[BOB]))
    before = len(office.workspace.ephemerals(BOB, ORDERS))
    await office.workspace.command(BOB, ORDERS, "/cert env settings")
    assert "`certdesk audit verify`" in shown(await office.whispered(BOB, after=before, text="Something else than me"))
    assert not office.workspace.views(BOB)
    assert "Something else than me changed" in shown(await office.cert("list"))


@pytest.mark.parametrize("action", ["restart_done", "restart_later", "perform"])
async def test_an_old_button_does_nothing_for_who_has_left_the_channel(office: Office, action: str) -> None:
    """The restart stays pending, nobody is reminded later, and the attempt is in the audit log."""
    reminder = await _reminded(office)
    if action == "perform":
        await _connected(office)
        (reminder,) = [one for one in office.workspace.messages(ORDERS) if "perform" in shown(one)]
    _leaves(office, BOB)
    await office.workspace.click(BOB, reminder["ts"], action)
    await office.whispered(BOB, text="not in the channel of this message")
    assert not office.workspace.views(BOB)
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        restart = await pending.of(tx, place.id)
    assert restart is not None
    assert (restart.confirmed_at, restart.snoozed_until) == (None, None)
    assert STOP not in [operation for operation, _ in office.cloud.calls]
    await office.tracker.wait(30)
    async with office.desk.store.transaction() as tx:
        assert BOB in [one.actor for one in await audit.events(tx, limit=9) if one.tag == audit.Tag.ATTEMPT_REFUSED]


async def _connected(office: Office) -> None:
    await office.workspace.command(ALICE, ORDERS, "/cert env connect")
    await office.modal("Connect an app")
    await office.fill({"kind": "mendix"})
    typed = {"app": "orders", "mode": "production", "username": "deploy@b.example", "api_key": "canary-Kx7-of-a-key"}
    assert (await office.fill(typed)).action == "clear"
    await office.workspace.wait_for(lambda: "perform" in shown(office.workspace.messages(ORDERS)))


async def test_a_form_stores_nothing_once_its_member_has_left(office: Office) -> None:
    """It was opened before; the file is not even opened."""
    await office.production()
    await office.workspace.command(BOB, ORDERS, "/cert add")
    await office.modal(member=BOB)
    _leaves(office, BOB)
    opened = sum(office.desk.opener.verdicts.values())
    answer = await office.fill({}, member=BOB, files=[("ca.pem", made.bundle("Partner Root"))])
    assert answer.action == "update"
    assert "not in the channel" in shown(office.workspace.views(BOB))
    assert sum(office.desk.opener.verdicts.values()) == opened
    async with office.desk.store.reading() as tx:
        assert await authorities.current(tx, (await _place(office)).id) == []


async def test_a_window_puts_nothing_off_once_its_member_has_left(office: Office) -> None:
    """It was opened before; the reminder stays where it is."""
    reminder = await _reminded(office)
    await office.workspace.click(BOB, reminder["ts"], "restart_later")
    await office.modal("Remind me", member=BOB)
    _leaves(office, BOB)
    assert (await office.fill({"when": "hour"}, member=BOB)).action == "update"
    assert "not in the channel" in shown(office.workspace.views(BOB))
    async with office.desk.store.reading() as tx:
        restart = await pending.of(tx, (await _place(office)).id)
    assert restart is not None
    assert restart.snoozed_until is None


async def test_a_form_of_an_environment_that_moved_stores_nothing(office: Office) -> None:
    """Even for somebody who is in both channels: the form said where it would go."""
    await office.production()
    await office.workspace.command(BOB, ORDERS, "/cert add")
    await office.modal(member=BOB)
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    answer = await office.fill({}, member=BOB, files=[("ca.pem", made.bundle("Partner Root"))])
    assert "removed or moved" in shown(answer.errors)
    async with office.desk.store.reading() as tx:
        assert await authorities.current(tx, (await _place(office, GENERAL)).id) == []


async def test_an_owner_moves_an_environment_between_their_own_channels(office: Office) -> None:
    """Out of a channel that they have left they cannot; an admin can, wherever they are."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert env settings")
    await office.modal("Environment settings")
    assert (await office.fill({"owners": [CAROL]})).action == "clear"
    office.workspace.channels[GENERAL].members.add(BOT_USER)
    _leaves(office, CAROL)
    refused = await office.cert(f"env bind {PRODUCTION}", member=CAROL, channel=GENERAL)
    assert "not in the channel" in shown(refused)
    assert (await _place(office)).channel == ORDERS
    office.workspace.channels[ORDERS].members.add(CAROL)
    moved = await office.cert(f"env bind {PRODUCTION}", member=CAROL, channel=GENERAL)
    assert "belongs to <#C0GENERAL> now" in shown(moved)
    _leaves(office, ALICE, GENERAL)
    assert "belongs to <#C0ORDERS> now" in shown(await office.cert(f"env bind {PRODUCTION}"))


@pytest.mark.parametrize(
    "command",
    [
        f"env timezone {PRODUCTION} UTC",
        "env settings",
        "env token",
        "env connect",
        "env disconnect",
        f"env remove {PRODUCTION}",
    ],
)
async def test_what_owners_decide_is_refused_to_others(office: Office, command: str) -> None:
    """Bob is in the channel and may add and confirm; he owns nothing."""
    await office.production()
    before = await _place(office)
    refused = await office.cert(command, member=BOB)
    assert f"Only an owner of `orders/production` (<@{ALICE}>) or a workspace admin may do this" in shown(refused)
    assert not office.workspace.views(BOB)
    assert await _place(office) == before


async def test_an_owner_who_is_no_admin_decides(office: Office) -> None:
    """Until somebody else owns it."""
    await office.cert(f"env add {PRODUCTION} Europe/Berlin", member=BOB)
    assert "UTC" in shown(await office.cert(f"env timezone {PRODUCTION} UTC", member=BOB))
    assert (await _place(office)).timezone == "UTC"
    assert "token" in shown(await office.cert("env token", member=BOB))


async def test_rights_of_an_admin_end_with_the_role(office: Office) -> None:
    """From the next click on."""
    await office.cert(f"env add {PRODUCTION} Europe/Berlin", member=BOB)
    assert "UTC" in shown(await office.cert(f"env timezone {PRODUCTION} UTC"))
    office.workspace.change_member(replace(office.workspace.members[ALICE], is_admin=False))
    assert "Only an owner" in shown(await office.cert(f"env timezone {PRODUCTION} Europe/Berlin"))


async def test_a_channel_of_which_slack_does_not_tell_is_refused_with_the_reason(office: Office) -> None:
    """Here a scope is missing; it is the same for a private channel that Certdesk is not in."""
    reminder = await _reminded(office)
    office.workspace.scopes.discard("channels:read")
    await office.click(reminder, "restart_done", member=BOB)
    await office.whispered(BOB, text="Slack does not tell me who is in this channel (`missing_scope`)")
    office.workspace.scopes.add("channels:read")
    await office.click(reminder, "restart_done", member=BOB)
    await office.posted("was restarted")


async def test_an_admin_moves_an_environment_out_of_a_channel_that_is_gone(office: Office) -> None:
    """Slack tells nothing of it any more; everybody else is refused."""
    await office.cert(f"env add {PRODUCTION} Europe/Berlin", member=BOB)
    del office.workspace.channels[ORDERS]
    refused = await office.cert(f"env bind {PRODUCTION}", member=BOB, channel=GENERAL)
    assert "`channel_not_found`" in shown(refused)
    assert "belongs to <#C0GENERAL> now" in shown(await office.cert(f"env bind {PRODUCTION}", channel=GENERAL))


@pytest.mark.parametrize("value", ["", ":", "a:b", "x:1:-2", "x:one:2", "\0:1:2", "a:b:c:d:e", "x" * 2000])
@pytest.mark.parametrize(
    "action", ["rollback_yes", "copy_anyway", "remove_yes", "perform_yes", "restart_done", "expiry_seen"]
)
async def test_a_malformed_button_is_answered_with_a_sentence(office: Office, action: str, value: str) -> None:
    """It may be of another version, or be signed by somebody who knows how: nothing fails, and nothing is done."""
    await office.production()
    button = {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": "Go"}, "value": value}
    block = {"type": "actions", "block_id": "b", "elements": [button]}
    ts = office.workspace.state.post(ORDERS, {"user": BOT_USER, "text": "x", "blocks": [block], "ts": ""})
    before = len(office.workspace.ephemerals(BOB, ORDERS))
    await office.workspace.click(BOB, office.workspace.messages(ORDERS)[-1]["ts"], action)
    answer = shown(await office.whispered(BOB, after=before))
    assert "Something failed on my side" not in answer, ts
