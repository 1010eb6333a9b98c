"""The Web API as slack_sdk's client meets it: tokens, scopes, messages, people, and planned faults."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Channel, Workspace
from bot.workspace.core.people import BOT_USER
from tests.workspace.practice import ALICE, BOB, DAVE, GENERAL, ORDERS, actions, modal, refusal, section


async def test_who_the_token_is(workspace: Workspace, client: AsyncWebClient) -> None:
    """auth.test names the bot; another token, none, or the app's own are refused by name."""
    assert (await client.auth_test())["user_id"] == "U0BOT"
    for token, error in (("xoxb-other", "invalid_auth"), ("xapp-practice", "not_allowed_token_type")):
        other = AsyncWebClient(token=token, base_url=workspace.api_url)
        assert await refusal(other.auth_test()) == error
    assert await refusal(client.apps_connections_open(app_token="xoxb-practice")) == "not_allowed_token_type"
    async with aiohttp.ClientSession() as http, http.post(workspace.api_url + "auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"


@pytest.mark.parametrize(
    ("scope", "method", "arguments"),
    [
        ("chat:write", "chat.postMessage", {"channel": ORDERS, "text": "x"}),
        ("users:read", "users.info", {"user": ALICE}),
        ("files:read", "files.info", {"file": "F1"}),
        ("files:write", "files.delete", {"file": "F1"}),
        ("channels:read", "conversations.info", {"channel": ORDERS}),
        ("im:read", "conversations.info", {"channel": "D0ALICE"}),
        ("channels:read", "users.conversations", {"user": ALICE}),
        ("groups:read", "users.conversations", {"user": ALICE, "types": "public_channel,private_channel"}),
        ("channels:history", "conversations.history", {"channel": ORDERS}),
    ],
)
async def test_a_method_needs_its_scope(
    workspace: Workspace, client: AsyncWebClient, scope: str, method: str, arguments: dict[str, Any]
) -> None:
    """Without the scope it is missing_scope, with what is needed and what is there."""
    workspace.scopes.discard(scope)
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {client.token}"}) as http,
        http.post(workspace.api_url + method, json=arguments) as answer,
    ):
        body = await answer.json()
    assert (body["error"], body["needed"]) == ("missing_scope", scope)
    assert "commands" in body["provided"].split(",")


async def test_calls_are_kept_without_the_token(workspace: Workspace, client: AsyncWebClient) -> None:
    """Tests see each call's arguments and how it ended."""
    await client.chat_postMessage(channel=ORDERS, text="Hello", token=client.token)
    await refusal(client.chat_postMessage(channel="C1", text="Hello"))
    assert [(one.method, one.status, one.error) for one in workspace.calls] == [
        ("chat.postMessage", 200, None),
        ("chat.postMessage", 200, "channel_not_found"),
    ]
    assert "xoxb" not in str(workspace.calls)


async def test_where_the_bot_may_speak(client: AsyncWebClient) -> None:
    """A channel that the bot is not in is not_in_channel; a member's id is their direct messages."""
    assert await refusal(client.chat_postMessage(channel=GENERAL, text="x")) == "not_in_channel"
    assert await refusal(client.chat_postMessage(channel="C1", text="x")) == "channel_not_found"
    assert await refusal(client.api_call("chat.postMessage", json={"channel": ORDERS})) == "no_text"
    direct = await client.chat_postMessage(channel=ALICE, text="x")
    assert direct["channel"] == "D0ALICE"
    assert await refusal(client.chat_update(channel=ALICE, ts=direct["ts"], text="y")) == "channel_not_found"


async def test_blocks_are_checked(client: AsyncWebClient) -> None:
    """Wrong blocks are invalid_blocks with reasons, wrong views invalid_arguments."""
    wrong = client.chat_postMessage(channel=ORDERS, text="x", blocks=[section("")])
    assert await refusal(wrong) == "invalid_blocks"
    view = modal(private_metadata="x" * 3001)
    assert await refusal(client.views_open(trigger_id="1.2", view=view)) == "invalid_trigger_id"
    assert await refusal(client.views_publish(user_id=ALICE, view=view)) == "invalid_arguments"


async def test_an_ephemeral_message(workspace: Workspace, client: AsyncWebClient) -> None:
    """One member sees it, who must be in the channel, and chat.update does not find it."""
    said = await client.chat_postEphemeral(channel=ORDERS, user=BOB, text="Psst")
    assert [one["text"] for one in workspace.ephemerals(BOB, ORDERS)] == ["Psst"]
    assert not workspace.messages(ORDERS)
    changed = client.chat_update(channel=ORDERS, ts=said["message_ts"], text="Loud")
    assert await refusal(changed) == "message_not_found"
    workspace.channels[ORDERS].members.discard(DAVE)
    assert await refusal(client.chat_postEphemeral(channel=ORDERS, user=DAVE, text="x")) == "user_not_in_channel"


async def test_updating_and_deleting(workspace: Workspace, client: AsyncWebClient) -> None:
    """A text without blocks replaces them and shows as edited; new blocks do not; others' messages stay."""
    ts = (await client.chat_postMessage(channel=ORDERS, text="x", blocks=[section()]))["ts"]
    await client.chat_update(channel=ORDERS, ts=ts, text="y", blocks=[actions()])
    (message,) = workspace.messages(ORDERS)
    assert message["blocks"][0]["type"] == "actions"
    assert "edited" not in message
    await client.chat_update(channel=ORDERS, ts=ts, text="z")
    assert workspace.messages(ORDERS)[0]["blocks"] == []
    assert "edited" in workspace.messages(ORDERS)[0]
    await client.chat_delete(channel=ORDERS, ts=ts)
    assert await refusal(client.chat_delete(channel=ORDERS, ts=ts)) == "message_not_found"
    own = workspace.say(ALICE, ORDERS, "mine")
    assert await refusal(client.chat_update(channel=ORDERS, ts=own, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=ORDERS, ts=own)) == "cant_delete_message"


async def test_mentions_are_honoured(workspace: Workspace, client: AsyncWebClient) -> None:
    """Special sequences in text and mrkdwn call people; escaped ones, and plain_text, call nobody."""
    loud = [section("<!here> <@U0BOB|bob>"), {"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}}]
    await client.chat_postMessage(channel=ORDERS, text="<!everyone>", blocks=loud)
    await client.chat_postMessage(channel=ORDERS, text="&lt;!channel&gt; &amp;", blocks=[section("&lt;@U0BOB&gt;")])
    workspace.say(ALICE, ORDERS, "<!channel>")
    first, second, third = workspace.messages(ORDERS)
    assert set(first["mentions"]) == {"everyone", "here", BOB}
    assert second["mentions"] == []
    assert third["text"] == "&lt;!channel&gt;"


async def test_people_and_places(client: AsyncWebClient) -> None:
    """Users tell whether they are guests or admins and where they are; channels who is in them."""
    dave = (await client.users_info(user=DAVE))["user"]
    assert (dave["is_restricted"], dave["is_admin"], dave["tz"]) == (True, False, "Asia/Tokyo")
    assert (await client.users_info(user=ALICE))["user"]["is_admin"]
    assert (await client.users_info(user="U0BOT"))["user"]["is_bot"]
    assert await refusal(client.users_info(user="U1")) == "user_not_found"
    assert not (await client.conversations_info(channel=GENERAL))["channel"]["is_member"]
    first = await client.conversations_members(channel=ORDERS, limit=3)
    rest = await client.conversations_members(channel=ORDERS, cursor=first["response_metadata"]["next_cursor"])
    assert {*first["members"], *rest["members"]} == {ALICE, BOB, "U0CAROL", DAVE, "U0BOT"}


async def test_where_a_member_is(workspace: Workspace, client: AsyncWebClient) -> None:
    """Public channels as far as the member is in them, private ones where the bot is, too; page by page."""
    workspace.scopes |= {"groups:read", "im:read"}
    for id_, members in (("C0OURS", {ALICE, "U0BOT"}), ("C0THEIRS", {ALICE}), ("C0OTHER", {BOB, "U0BOT"})):
        workspace.channels[id_] = Channel(id_, id_.lower(), members=members, is_private=True)
    workspace.channels[GENERAL].members.discard(ALICE)
    workspace.channels["C0BANK"].members.discard(ALICE)

    async def found(**more: Any) -> list[str]:
        return [one["id"] for one in (await client.users_conversations(user=ALICE, **more))["channels"]]

    assert await found() == [ORDERS, "C0PAYMENTS"]
    assert await found(types="private_channel") == ["C0OURS"]
    assert await found(types="public_channel,private_channel") == [ORDERS, "C0OURS", "C0PAYMENTS"]
    assert await found(types="im") == ["D0ALICE"]
    first = await client.users_conversations(user=ALICE, limit=1)
    cursor = first["response_metadata"]["next_cursor"]
    assert [one["id"] for one in first["channels"]] == [ORDERS]
    assert await found(limit=1, cursor=cursor) == ["C0PAYMENTS"]
    assert await refusal(client.users_conversations(user="U1")) == "user_not_found"
    assert await refusal(client.users_conversations(types="party")) == "invalid_types"
    assert await refusal(client.users_conversations(limit=1001)) == "invalid_limit"
    assert await refusal(client.users_conversations(cursor="x")) == "invalid_cursor"


async def test_history_comes_in_pages(workspace: Workspace, client: AsyncWebClient) -> None:
    """After ``oldest``, newest first, page by page; the page is no larger than Slack's."""
    workspace.scopes.add("channels:history")
    sent = [str((await client.chat_postMessage(channel=ORDERS, text=f"message {n}"))["ts"]) for n in range(5)]
    first = await client.conversations_history(channel=ORDERS, oldest=sent[0], limit=3)
    assert [one["ts"] for one in first["messages"]] == [sent[4], sent[3], sent[2]]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=ORDERS, oldest=sent[0], limit=3, cursor=cursor)
    assert [one["ts"] for one in rest["messages"]] == [sent[1]]
    assert (first["has_more"], rest["has_more"], rest["response_metadata"]["next_cursor"]) == (True, False, "")
    assert await refusal(client.conversations_history(channel=ORDERS, limit=1000)) == "invalid_limit"
    assert await refusal(client.conversations_history(channel=GENERAL)) == "not_in_channel"


async def test_metadata_comes_to_who_asks_for_it(workspace: Workspace, client: AsyncWebClient) -> None:
    """It is kept when the message changes, and what is none is refused."""
    workspace.scopes.add("channels:history")
    metadata = {"event_type": "thing_made", "event_payload": {"id": "7"}}
    sent = await client.chat_postMessage(channel=ORDERS, text="Hello", metadata=metadata)
    await client.chat_update(channel=ORDERS, ts=str(sent["ts"]), text="Hello again")
    plain = await client.conversations_history(channel=ORDERS)
    assert "metadata" not in plain["messages"][0]
    full = await client.conversations_history(channel=ORDERS, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata
    for wrong, error in (
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({**metadata, "more": 1}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": "x" * 16_000}}, "metadata_too_large"),
    ):
        assert await refusal(client.chat_postMessage(channel=ORDERS, text="x", metadata=wrong)) == error


@pytest.mark.parametrize(("channel", "scope"), [("C0PRIVATE", "groups:history"), ("D0ALICE", "im:history")])
async def test_each_kind_of_conversation_has_its_history_scope(
    workspace: Workspace, client: AsyncWebClient, channel: str, scope: str
) -> None:
    """A private channel and direct messages are not read with the scope of public channels."""
    workspace.state.channels["C0PRIVATE"] = Channel("C0PRIVATE", "secret", members={BOT_USER}, is_private=True)
    workspace.scopes = {"channels:history"}
    assert await refusal(client.conversations_history(channel=channel)) == "missing_scope"
    workspace.scopes = {scope}
    assert (await client.conversations_history(channel=channel))["messages"] == []


async def test_arguments_come_in_three_ways(workspace: Workspace, client: AsyncWebClient) -> None:
    """JSON, a form with JSON inside, and a query are all read; what is no JSON is said by name."""
    headers = {"Authorization": f"Bearer {client.token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        url = workspace.api_url + "chat.postMessage"
        form = {"channel": ORDERS, "text": "x", "blocks": '[{"type": "divider"}]'}
        async with http.post(url, data=form) as answer:
            assert (await answer.json())["message"]["blocks"][0]["type"] == "divider"
        async with http.post(url, data={**form, "blocks": "["}) as answer:
            assert (await answer.json())["error"] == "invalid_blocks_format"
        for body, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
            async with http.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                assert (await answer.json())["error"] == error
        async with http.get(workspace.api_url + "users.info", params={"user": ALICE}) as answer:
            assert (await answer.json())["user"]["name"] == "alice"
        async with http.post(workspace.api_url + "no.such") as answer:
            assert (await answer.json())["error"] == "unknown_method"


async def test_planned_faults(workspace: Workspace, client: AsyncWebClient) -> None:
    """A method fails as often as it was told to; slack_sdk's handler waits as long as Retry-After says."""
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    workspace.faults.fail("chat.postMessage", status=429, retry_after=0)
    assert (await client.chat_postMessage(channel=ORDERS, text="x"))["ok"]
    workspace.faults.fail("chat.postMessage", status=500, times=2)
    for _ in range(2):
        assert await refusal(client.chat_postMessage(channel=ORDERS, text="x")) == "internal_error"
    assert [one.status for one in workspace.calls] == [429, 200, 500, 500]


async def test_a_fault_may_come_after_the_deed(workspace: Workspace, client: AsyncWebClient) -> None:
    """As at Slack, 500 does not say that nothing was posted."""
    workspace.faults.fail("chat.postMessage", after=True)
    assert await refusal(client.chat_postMessage(channel=ORDERS, text="x")) == "internal_error"
    assert [one["text"] for one in workspace.messages(ORDERS)] == ["x"]


async def test_calls_inside_a_pause_are_refused_and_written_down(workspace: Workspace, client: AsyncWebClient) -> None:
    """Faults by chance: a share of the calls, and every one that comes before Retry-After is over."""
    workspace.faults.fail_by_chance("users.info", limited=1.0, retry_after=30)
    for _ in range(3):
        assert await refusal(client.users_info(user=ALICE)) == "ratelimited"
    assert [(one.method, 29 < one.seconds <= 30) for one in workspace.faults.early] == [("users.info", True)] * 2
    workspace.faults.fail_by_chance("chat.postMessage", limited=0.2, broken=0.2, retry_after=0, seed=3)
    ends = [await refusal(client.chat_postMessage(channel=ORDERS, text="x")) for _ in range(100)]
    assert {one: 10 <= ends.count(one) <= 80 for one in set(ends)} == {
        "not refused": True,
        "ratelimited": True,
        "internal_error": True,
    }
    done, broken = ends.count("not refused"), ends.count("internal_error")
    assert done < len(workspace.messages(ORDERS)) < done + broken
