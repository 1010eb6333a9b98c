"""`/invite` and `/remove`: the workspace's own commands, which the bot never hears."""

from __future__ import annotations

import aiohttp
import pytest

from bot.workspace import Workspace
from bot.workspace.core.people import BOT_USER
from tests.workspace.practice import ALICE, BOB, GENERAL, ORDERS, Practice


@pytest.mark.parametrize("name", ["@Certdesk", "certdesk", f"<@{BOT_USER}>"])
async def test_the_bot_is_invited_and_may_post(practice: Practice, name: str) -> None:
    """After `/invite @Certdesk` the bot posts in the channel, and everybody sees who added it."""
    workspace = practice.workspace
    assert (await workspace.command(ALICE, GENERAL, f"/invite {name}")).ok
    assert workspace.messages(GENERAL)[-1]["text"] == f"was added to <#{GENERAL}> by <@{ALICE}>."
    assert (await practice.client.chat_postMessage(channel=GENERAL, text="Hello"))["ok"]
    assert workspace.deliveries == []


async def test_the_bot_is_removed_again(workspace: Workspace) -> None:
    """After `/remove @Certdesk` the bot is no member; a second `/remove` fails, as does a second `/invite`."""
    assert (await workspace.command(BOB, ORDERS, "/remove @Certdesk")).ok
    assert BOT_USER not in workspace.channels[ORDERS].members
    assert (await workspace.command(BOB, ORDERS, "/remove @Certdesk")).error == "not_in_channel"
    assert (await workspace.command(BOB, ORDERS, "/invite @Certdesk")).ok
    assert (await workspace.command(BOB, ORDERS, "/invite @Certdesk")).error == "already_in_channel"


async def test_people_are_removed_and_invited(workspace: Workspace) -> None:
    """A member who was removed sees the channel again after an invitation."""
    assert (await workspace.command(ALICE, ORDERS, "/remove @bob")).ok
    with pytest.raises(KeyError):
        workspace.say(BOB, ORDERS, "Hello?")
    assert (await workspace.command(ALICE, ORDERS, "/invite @Bob")).ok
    assert workspace.say(BOB, ORDERS, "Hello")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("/invite", "no_user"),
        ("/invite @nobody", "user_not_found"),
        ("/remove @alice", "cant_kick_self"),
    ],
)
async def test_a_name_that_does_not_fit_is_refused(workspace: Workspace, text: str, error: str) -> None:
    """Without a name, with an unknown one and with one's own, nothing changes."""
    before = set(workspace.channels[ORDERS].members)
    assert (await workspace.command(ALICE, ORDERS, text)).error == error
    assert workspace.channels[ORDERS].members == before


async def test_direct_messages_stay_as_they_are(workspace: Workspace) -> None:
    """Nobody is added to the direct messages between a member and the bot."""
    result = await workspace.command(ALICE, "D0ALICE", "/invite @bob")
    assert result.error == "method_not_supported_for_channel_type"


async def test_completion_offers_both(workspace: Workspace) -> None:
    """The page completes `/invite` and `/remove` with the app's name."""
    async with aiohttp.ClientSession() as http, http.get(f"{workspace.base_url}/client/state") as answer:
        offered = [one["text"] for one in (await answer.json())["commands"]]
    assert {"/invite @Certdesk", "/remove @Certdesk"} <= set(offered)
