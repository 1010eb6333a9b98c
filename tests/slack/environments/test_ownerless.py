"""An environment whose last owner has left: the channel and the admins are told, and an admin names a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk.environments import ownerless
from bot.slack.bolt import people
from store import environments, queue
from tests.slack.office import ALICE, BOB, ORDERS, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
CAROL, PLATFORM = "U0CAROL", "S0PLATFORM"
EVENTS = {"user_change", "member_left_channel", "subteam_members_changed"}
TOLD = "Nobody owns *orders/production*"


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack said a moment ago is not remembered."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)


async def owned_by(office: Office, *owners: str) -> None:
    """Let orders/production be there, with these owners."""
    await office.production()
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        await environments.set_owners(tx, place.id, owners=owners, by=ALICE, at=office.desk.clock())


def told(office: Office, channel: str) -> list[Json]:
    return [one for one in office.workspace.messages(channel) if TOLD in shown(one)]


async def later(office: Office, *, events: int = 1) -> None:
    """Wait until the bot has handled so many events about people, and let ten minutes pass."""

    def handled() -> bool:
        return (
            sum((one.payload.get("event") or {}).get("type") in EVENTS for one in office.workspace.deliveries) == events
        )

    await office.workspace.wait_for(handled)
    await office.tracker.wait(30)
    office.workspace.advance(timedelta(minutes=11))


async def test_a_deactivated_owner(office: Office) -> None:
    """Both are told once, and the button lets the admin name Carol, who was not in charge before."""
    await owned_by(office, BOB)
    office.workspace.change_member(replace(office.workspace.members[BOB], is_deactivated=True))
    await later(office)
    message = await office.posted(TOLD)
    assert f"<@{BOB}> left the channel, or the company" in shown(message)
    private = await office.posted(TOLD, channel="D0ALICE")
    await office.click(private, buttons(private)[0])
    await office.modal("Environment settings")
    assert (await office.fill({"owners": [CAROL]})).action == "clear"
    assert f"<@{CAROL}>" in shown(await office.posted("Settings of"))
    assert [len(told(office, one)) for one in (ORDERS, "D0ALICE", "D0CAROL")] == [1, 1, 0]


async def test_a_bot_that_starts_often_looks_once_a_day(office: Office) -> None:
    """Two starts at the same time plan one look at each environment."""
    await owned_by(office, BOB)
    async with office.desk.store.reading() as tx:
        before = await queue.depth(tx)
    for _ in range(2):
        await ownerless.bot_started(office.desk)
    async with office.desk.store.reading() as tx:
        assert await queue.depth(tx) == before + 1


async def test_an_owner_who_leaves_the_channel(office: Office) -> None:
    """Bob may come back within ten minutes, and nobody is bothered; when he stays away, they are told."""
    await owned_by(office, BOB)
    say = office.workspace.command
    await say(ALICE, ORDERS, "/remove @bob")
    await say(ALICE, ORDERS, "/invite @bob")
    await later(office)
    await say(ALICE, ORDERS, "/remove @bob")
    await later(office, events=2)
    await office.posted(TOLD)
    assert len(told(office, ORDERS)) == 1


async def test_while_another_owner_is_there_nobody_is_told(office: Office) -> None:
    """Carol still owns it, by herself or in a group."""
    await owned_by(office, BOB, PLATFORM)
    office.workspace.change_member(replace(office.workspace.members[BOB], is_deactivated=True))
    await later(office)
    office.workspace.change_group(replace(office.workspace.state.groups[PLATFORM], members=frozenset()))
    await later(office, events=2)
    await office.posted(TOLD)
    assert len(told(office, ORDERS)) == 1
