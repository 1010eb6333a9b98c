"""Files: who may read them, what Slack answers where it is not the bot, and who may delete them."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from tests.workspace.practice import ALICE, GENERAL, ORDERS, refusal


async def _get(url: str, token: str | None) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_a_file_is_fetched_with_the_bots_token(workspace: Workspace, client: AsyncWebClient) -> None:
    """The right bearer gets the bytes; none, a wrong one, or a missing scope get status 200 and a login page."""
    file_id = await workspace.drop_file(ALICE, ORDERS, "a.pfx", b"\x30\x82")
    file = (await client.files_info(file=file_id))["file"]
    assert (file["name"], file["size"], file["user"]) == ("a.pfx", 2, ALICE)
    url = file["url_private_download"]
    assert await _get(url, client.token) == (200, "application/octet-stream", b"\x30\x82")
    for token in (None, "xoxb-other"):
        status, kind, body = await _get(url, token)
        assert (status, kind) == (200, "text/html")
        assert b"Sign in" in body
    workspace.scopes.discard("files:read")
    assert (await _get(url, client.token))[:2] == (200, "text/html")


async def test_a_file_that_is_gone(workspace: Workspace, client: AsyncWebClient) -> None:
    """A deleted file is file_deleted and its bytes are gone; an unknown one, and one out of reach, not found."""
    file_id = await workspace.drop_file(ALICE, ORDERS, "a", b"a")
    url = (await client.files_info(file=file_id))["file"]["url_private_download"]
    workspace.delete_file(file_id)
    assert await refusal(client.files_info(file=file_id)) == "file_deleted"
    assert (await _get(url, client.token))[0] == 404
    assert await refusal(client.files_info(file="F1")) == "file_not_found"
    elsewhere = await workspace.drop_file(ALICE, GENERAL, "a", b"a")
    assert await refusal(client.files_info(file=elsewhere)) == "file_not_found"


async def test_a_bot_does_not_delete_what_members_uploaded(workspace: Workspace, client: AsyncWebClient) -> None:
    """cant_delete_file, unless the workspace allows it."""
    file_id = await workspace.drop_file(ALICE, ORDERS, "a", b"a")
    assert await refusal(client.files_delete(file=file_id)) == "cant_delete_file"
    workspace.bots_delete_files = True
    await client.files_delete(file=file_id)
    assert workspace.state.files[file_id].deleted


@pytest.mark.parametrize("answer", ["file_not_found", "access_denied"])
async def test_a_file_of_another_workspace_may_be_refused(
    workspace: Workspace, client: AsyncWebClient, answer: str
) -> None:
    """The event says check_file_info, and files.info then says no."""
    file_id = await workspace.drop_foreign_file(ALICE, ORDERS, "a", b"a", answer=answer)
    (event,) = workspace.events.values()
    assert event["event"]["file"] == {"id": file_id, "file_access": "check_file_info"}
    assert await refusal(client.files_info(file=file_id)) == answer


async def test_a_file_of_another_workspace_may_be_only_an_id(workspace: Workspace, client: AsyncWebClient) -> None:
    """files.info may give an object that is an id and check_file_info."""
    file_id = await workspace.drop_foreign_file(ALICE, ORDERS, "a", b"a", answer="check_file_info")
    file = (await client.files_info(file=file_id))["file"]
    assert (file["id"], file["file_access"]) == (file_id, "check_file_info")
    assert "url_private_download" not in file


async def test_a_download_can_fail(workspace: Workspace, client: AsyncWebClient) -> None:
    """The bytes of a file have faults of their own."""
    file_id = await workspace.drop_file(ALICE, ORDERS, "a", b"a")
    url = (await client.files_info(file=file_id))["file"]["url_private_download"]
    workspace.faults.fail("download", status=503)
    assert (await _get(url, client.token))[0] == 503
    assert (await _get(url, client.token))[0] == 200
