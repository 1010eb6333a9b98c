"""Who somebody is, from Slack's user object."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from slack_sdk.errors import SlackApiError

from bot.desk.base.errors import Outside, UnknownMembers, UnknownPerson
from bot.slack.bolt import people
from bot.slack.bolt.client import Client
from bot.slack.bolt.people import Ours, member_of

TEAM, GRID = "T0OURS", "E0OURS"
OURS = Ours(TEAM, GRID, "B1")
HERE: dict[str, Any] = {"id": "U1", "team_id": TEAM, "is_stranger": False}
SIBLING = {"id": "U1", "team_id": "T0SISTER", "enterprise_user": {"enterprise_id": GRID, "is_admin": False}}


@pytest.mark.parametrize(
    ("user", "outside"),
    [
        (HERE, None),
        ({**HERE, "is_restricted": True}, None),
        (SIBLING, None),
        ({**HERE, "team_id": "T0OTHER"}, Outside.EXTERNAL),
        ({**HERE, "team_id": "T0OTHER", "is_admin": True, "is_owner": True}, Outside.EXTERNAL),
        ({**SIBLING, "enterprise_user": {"enterprise_id": "E0OTHER"}}, Outside.EXTERNAL),
        ({**HERE, "is_stranger": True}, Outside.EXTERNAL),
        ({**HERE, "is_bot": True}, Outside.APP),
        ({**HERE, "id": "USLACKBOT"}, Outside.APP),
        ({**HERE, "deleted": True}, Outside.DEACTIVATED),
        ({**HERE, "team_id": "T0OTHER", "deleted": True}, Outside.EXTERNAL),
    ],
)
def test_who_is_ours(user: dict[str, Any], outside: Outside | None) -> None:
    """Those of the workspace, and those of its organisation; no app, and nobody who has left."""
    assert member_of(user, OURS).outside is outside


@pytest.mark.parametrize(
    ("user", "is_admin"),
    [
        ({**HERE, "is_admin": True}, True),
        ({**HERE, "is_owner": True}, True),
        (HERE, False),
        ({**SIBLING, "is_admin": True, "is_owner": True}, False),
        ({**SIBLING, "enterprise_user": {"enterprise_id": GRID, "is_admin": True}}, True),
        ({**HERE, "enterprise_user": {"enterprise_id": "E0OTHER", "is_admin": True}}, False),
    ],
)
def test_whose_admins_count(user: dict[str, Any], is_admin: bool) -> None:
    """Admins of this workspace and of its organisation; admins of another workspace are admins there."""
    assert member_of(user, OURS).is_admin is is_admin


def test_outside_of_an_organisation_a_grid_says_nothing() -> None:
    """A workspace that is in no organisation shares none with anybody."""
    assert (
        member_of({**SIBLING, "enterprise_user": {"enterprise_id": ""}}, Ours(TEAM, "", "B1")).outside
        is Outside.EXTERNAL
    )


def test_somebody_without_a_workspace_is_nobody() -> None:
    """What Slack leaves out is not guessed."""
    with pytest.raises(UnknownPerson):
        member_of({"id": "U1"}, OURS)


class _Slack:
    """Answers conversations.members when it is let."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.error = ""
        self.members = ["U1"]
        self.asked = 0

    async def conversations_members(self, **_given: Any) -> dict[str, Any]:
        self.asked += 1
        await self.may_answer.wait()
        if self.error:
            raise SlackApiError("refused", {"ok": False, "error": self.error})  # type: ignore[no-untyped-call]  # slack_sdk
        return {"members": list(self.members)}


async def test_who_has_just_joined_is_not_refused() -> None:
    """That somebody is in the channel is remembered for a minute; that somebody is not, is asked again."""
    slack = _Slack()
    rosters = people.People(cast(Client, slack)).channels
    await rosters.ask("C1", "U1")
    slack.members.append("U2")
    await rosters.ask("C1", "U1")
    assert (slack.asked, rosters.has("C1", "U2")) == (1, False)
    await rosters.ask("C1", "U2")
    assert (slack.asked, rosters.has("C1", "U2")) == (2, True)


async def test_who_is_in_a_channel_is_known_until_slack_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one person's click asks again, another's is not refused; where Slack tells nothing, nobody is in it."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)
    slack = _Slack()
    rosters = people.People(cast(Client, slack)).channels
    await rosters.ask("C1", "U1")
    slack.may_answer.clear()
    again = asyncio.create_task(rosters.ask("C1", "U1"))
    await asyncio.sleep(0)
    assert rosters.has("C1", "U1")
    slack.may_answer.set()
    await again
    assert (rosters.has("C1", "U1"), rosters.has("C1", "U2"), rosters.has("C2", "U1")) == (True, False, False)
    slack.error = "channel_not_found"
    with pytest.raises(UnknownMembers):
        await rosters.ask("C1", "U1")
    assert not rosters.has("C1", "U1")
