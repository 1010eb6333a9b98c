"""User groups as owners: whoever is in one decides, for as long as they are in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack.bolt import people
from bot.slack.kit.blocks import OPTIONS
from bot.workspace.core.people import UserGroup
from store import environments
from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
CAROL, PLATFORM, BANK = "U0CAROL", "S0PLATFORM", "C0BANK"


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack said a moment ago is not remembered."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)


def hold(office: Office, *members: str) -> None:
    """Let these be in @platform."""
    groups = office.workspace.state.groups
    groups[PLATFORM] = replace(groups[PLATFORM], members=frozenset(members))


async def form(office: Office, member: str = ALICE) -> Json:
    await office.workspace.command(member, ORDERS, "/cert env settings")
    return await office.modal("Environment settings", member=member)


async def refused(office: Office, member: str, text: str) -> str:
    """What the member is told instead of the form."""
    before = len(office.workspace.ephemerals(member, ORDERS))
    await office.workspace.command(member, ORDERS, "/cert env settings")
    return shown(await office.whispered(member, after=before, text=text))


async def save(office: Office, member: str = ALICE, **values: object) -> Json | None:
    """Fill in the form and save it; the errors under its fields, if there are some."""
    await form(office, member)
    answer = await office.fill(dict(values), member=member)
    errors: Json | None = answer.errors
    if errors:
        await office.workspace.close_view(member, office.workspace.views(member)[-1]["id"])
    return errors


async def test_whoever_is_in_the_group_decides(office: Office) -> None:
    """Carol saves settings while she is in it; Bob does once he is; the group is mentioned as a group."""
    await office.production()
    hold(office, CAROL)
    assert not await save(office, owner_groups=[PLATFORM], owners=[])
    assert f"owners (now <!subteam^{PLATFORM}>)" in shown(await office.posted("Settings of"))
    assert f"(<!subteam^{PLATFORM}>) or a workspace admin" in await refused(office, BOB, "Only an owner")
    assert not await save(office, CAROL, patience="1")
    hold(office, BOB)
    await refused(office, CAROL, "Only an owner")
    assert not await save(office, BOB, patience="2")
    assert "@platform" in shown(await form(office, BOB))


async def test_owners_only_counts_who_is_in_the_group(office: Office) -> None:
    """A pin is changed by Carol, who is in it, and not by Bob, who is in the channel only."""
    await office.production()
    hold(office, CAROL)
    assert not await save(office, owner_groups=[PLATFORM], owners=[ALICE], changed_by="owners")
    day = office.desk.clock().date()
    assert "Only an owner" in shown(await office.cert(f"freeze {day} {day}", member=BOB))
    assert "Only an owner" not in shown(await office.cert(f"freeze {day} {day}", member=CAROL))


async def test_a_group_that_cannot_own_is_refused_under_its_field(office: Office) -> None:
    """One that is gone, is empty, or holds nobody but a guest; what else was typed stays."""
    await office.production()
    for members in ((), (DAVE,)):
        hold(office, *members)
        errors = await save(office, owner_groups=[PLATFORM])
        assert errors is not None
        assert "Nobody in one of these groups can be an owner" in errors["owner_groups"]
    await form(office)
    group = office.workspace.state.groups.pop(PLATFORM)
    answer = await office.fill({"owner_groups": [PLATFORM]})
    assert "does not exist any more" in answer.errors["owner_groups"]
    office.workspace.state.groups[PLATFORM] = group
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
    assert place.owners == (ALICE,)


async def test_protecting_counts_the_people_in_the_group(office: Office) -> None:
    """A group of one person who is named besides is one owner; a group of two is enough, and the other approves."""
    await office.production()
    hold(office, CAROL)
    errors = await save(office, owners=[CAROL], owner_groups=[PLATFORM], protected="yes")
    assert errors is not None
    assert "takes two" in errors["protected"]
    hold(office, BOB, CAROL)
    assert not await save(office, owners=[], owner_groups=[PLATFORM], protected="yes")
    await form(office, BOB)
    await office.fill({"changed_by": "owners"}, member=BOB)
    request = await office.posted("Waits for approval")
    assert f"<!subteam^{PLATFORM}> or an admin can approve" in shown(request)
    await office.click(request, "request_approve", member=CAROL)
    await office.posted("*Approved and done*")


async def test_without_the_scope_people_own_and_nothing_is_lost(office: Office) -> None:
    """The form asks for people only, and keeps the group; its members are told why they cannot decide."""
    await office.production()
    hold(office, CAROL)
    office.workspace.scopes.discard("usergroups:read")
    assert "owner_groups" not in shown(await form(office))
    office.workspace.scopes.add("usergroups:read")
    await office.workspace.close_view(ALICE, office.workspace.views(ALICE)[-1]["id"])
    assert not await save(office, owner_groups=[PLATFORM], owners=[])
    office.workspace.scopes.discard("usergroups:read")
    assert "Slack does not tell me who is in the user group" in await refused(office, CAROL, "missing_scope")
    assert "a group that I cannot see" in shown(await form(office))
    office.workspace.scopes.add("usergroups:read")


async def test_a_key_that_leaked_is_told_to_each_of_the_group(office: Office) -> None:
    """Bob and Carol get it by themselves: nothing can be sent to a group."""
    await office.cert("env add bank/production Europe/Berlin", channel=BANK)
    asked = office.workspace.ephemerals(ALICE, BANK)[-1]
    await office.click(asked, buttons(asked)[0])
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, BANK)
        await environments.set_owners(tx, place.id, owners=[PLATFORM], by=ALICE, at=office.desk.clock())
    await office.workspace.drop_file(ALICE, BANK, "partner.pem", made.container("secret"))
    for member in (BOB, CAROL):
        await office.posted("A private key has leaked", channel=f"D{member[1:]}")


async def test_a_company_with_hundreds_of_groups(office: Office) -> None:
    """They stand in the menu by their handles, in parts of a hundred."""
    await office.production()
    groups = office.workspace.state.groups
    groups |= {
        f"S0G{number:04d}": UserGroup(f"S0G{number:04d}", f"team-{number:03d}", "", frozenset())
        for number in range(250)
    }
    view = await form(office)
    (menu,) = (one["element"] for one in view["blocks"] if one["block_id"] == "owner_groups")
    assert [len(part["options"]) for part in menu["option_groups"]] == [OPTIONS, OPTIONS, 51]
    assert menu["option_groups"][0]["label"]["text"] == "@platform to @team-098"
