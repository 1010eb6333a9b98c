"""Slack's client: it keeps away as long as Slack asks, and who waits for an answer still gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError

from bot.slack import SCOPES, Client
from bot.slack.bolt.client import FAILED, OK, RATE_LIMITED, Paused
from bot.workspace import Workspace
from tests.slack.office import ALICE, BOB, ORDERS, Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def workspace() -> AsyncIterator[Workspace]:
    workspace = Workspace(signing_secret="signing", bot_token="xoxb-tests", scopes=SCOPES)
    await workspace.start()
    yield workspace
    await workspace.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def client(workspace: Workspace) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(token=workspace.bot_token, base_url=workspace.api_url, session=session)


async def test_everybody_keeps_away(workspace: Workspace, client: Client) -> None:
    """One call is told; those that come after it wait as well, and all of them are answered."""
    workspace.faults.fail("users.info", status=429, retry_after=1)
    first = asyncio.create_task(client.users_info(user=ALICE))
    await workspace.wait_for(lambda: workspace.faults.limited)
    await workspace.wait_for(lambda: client.rate_limits.left("users.info"))
    others = await asyncio.gather(*(client.users_info(user=BOB) for _ in range(5)))
    assert (await first)["user"]["id"] == ALICE
    assert {one["user"]["id"] for one in others} == {BOB}
    assert workspace.faults.early == []
    assert client.rate_limits.calls["users.info", RATE_LIMITED] == 1
    assert client.rate_limits.retries["users.info", RATE_LIMITED] == 1
    assert client.rate_limits.calls["users.info", OK] == 6


async def test_a_pause_is_of_one_method(workspace: Workspace, client: Client) -> None:
    """Another method is called at once."""
    workspace.faults.fail("files.info", status=429, retry_after=60)
    with pytest.raises(Paused) as refused:
        await client.files_info(file="F1")
    assert refused.value.seconds == 60
    async with asyncio.timeout(20):
        await client.users_info(user=ALICE)
    with pytest.raises(Paused):
        await client.files_info(file="F1")
    assert len([one for one in workspace.calls if one.method == "files.info"]) == 1


async def test_what_can_be_done_twice_is_tried_again(workspace: Workspace, client: Client) -> None:
    """A server error is sat out, and counted as a retry."""
    workspace.faults.fail("users.info", status=500)
    assert (await client.users_info(user=ALICE))["ok"]
    assert client.rate_limits.retries["users.info", FAILED] == 1


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.postEphemeral"])
async def test_a_post_is_not_tried_again(workspace: Workspace, client: Client, method: str) -> None:
    """It may stand there already."""
    workspace.faults.fail(method, status=500, after=True)
    with pytest.raises(SlackApiError):
        await client.api_call(method, json={"channel": ORDERS, "user": ALICE, "text": "hello"})
    assert len([one for one in workspace.calls if one.method == method]) == 1
    assert client.rate_limits.calls[method, FAILED] == 1


async def test_told_to_slow_down_it_still_answers(office: Office) -> None:
    """429 on the answer to a command: it comes when Slack takes it."""
    office.workspace.faults.fail("response_url", status=429, retry_after=1)
    assert "No environment belongs" in (await office.cert())["text"]
    assert office.workspace.faults.early == []


async def test_a_window_opens_after_a_short_pause(office: Office) -> None:
    """As long as its trigger lives."""
    await office.production()
    office.workspace.faults.fail("views.open", status=429, retry_after=1)
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    assert office.workspace.faults.early == []


async def test_a_window_that_comes_too_late_is_said(office: Office) -> None:
    """A longer pause than that: a sentence says when to try again."""
    await office.production()
    office.workspace.faults.fail("views.open", status=429, retry_after=20)
    answer = await office.cert("add")
    assert "Slack asks me to slow down for 20 seconds" in answer["text"]
