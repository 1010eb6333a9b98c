"""Acknowledgements within three seconds, failures as people see them, and events that come again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.workspace import Workspace
from bot.workspace.members.modals import TROUBLE
from tests.workspace.practice import (
    ALICE,
    BOB,
    GENERAL,
    ORDERS,
    Practice,
    actions,
    modal,
    open_listening,
    open_practice,
    opened,
    pushed,
    section,
    text_input,
)

Json = dict[str, Any]


async def _late(ack: Any) -> None:
    await asyncio.sleep(0.5)
    await ack()


def _events(workspace: Workspace) -> list[Any]:
    return [one for one in workspace.deliveries if one.kind == "event"]


async def test_a_command_without_an_answer_in_time_fails_visibly(impatient: Practice) -> None:
    """A late acknowledgement is operation_timeout, a command nobody listens to dispatch_failed."""
    impatient.bot.command("/cert")(_late)
    late = await impatient.workspace.command(ALICE, ORDERS, "/cert")
    assert (late.ok, late.error) == (False, "operation_timeout")
    impatient.workspace.bot_url = "http://127.0.0.1:9/"
    assert (await impatient.workspace.command(ALICE, ORDERS, "/cert")).error == "dispatch_failed"
    assert (await impatient.workspace.command(ALICE, ORDERS, "/cart")).error == "unknown_command"


async def test_a_command_answered_with_no_message_fails(practice: Practice) -> None:
    """An acknowledgement that Slack cannot show is invalid_command_response."""

    @practice.bot.command("/cert")
    async def answer(ack: Any) -> None:
        await ack(text="x", blocks=[{"type": "party"}])

    assert (await practice.workspace.command(ALICE, ORDERS, "/cert")).error == "invalid_command_response"


async def test_an_acknowledgement_may_speak(practice: Practice) -> None:
    """The text of an acknowledgement is shown to who gave the command, or to all where it says so."""

    @practice.bot.command("/cert")
    async def answer(ack: Any, command: Json) -> None:
        await ack(text="Here", response_type=command["text"])

    await practice.workspace.command(ALICE, ORDERS, "/cert ephemeral")
    await practice.workspace.command(ALICE, ORDERS, "/cert in_channel")
    assert [one["text"] for one in practice.workspace.ephemerals(ALICE, ORDERS)] == ["Here"]
    assert [one["text"] for one in practice.workspace.messages(ORDERS)] == ["Here"]


async def test_a_submission_without_an_answer_shows_trouble(impatient: Practice) -> None:
    """The modal stays open, keeps what was typed, and shows Slack's words for a missing acknowledgement."""
    impatient.bot.view("form")(_late)
    form = await opened(impatient, modal(text_input(), callback_id="form"))
    result = await impatient.workspace.submit(ALICE, form, {"name": {"value": "kept"}})
    assert (result.action, result.errors, result.error) == ("errors", {}, TROUBLE)
    (view,) = impatient.workspace.state.views[ALICE]
    assert view.typed == {"name": {"value": "kept"}}


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"hint": "No input has this id."}},
        {"response_action": "update", "view": modal(title={"type": "plain_text", "text": "x" * 25})},
        {"response_action": "vanish"},
    ],
)
async def test_an_unusable_answer_shows_trouble(practice: Practice, answer: Json) -> None:
    """An answer that Slack would not take looks like none, and is kept for tests to see."""

    @practice.bot.view("form")
    async def take(ack: Any) -> None:
        await ack(**answer)

    form = await opened(practice, modal(section(block_id="hint"), text_input(), callback_id="form"))
    result = await practice.workspace.submit(ALICE, form, {"name": {"value": "x"}})
    assert result.error == TROUBLE
    assert [one.error for one in practice.workspace.refused] == ["invalid_arguments"]


async def test_an_event_comes_again_until_it_is_acknowledged() -> None:
    """A failed event is sent three times more with its number and reason, the same event_id each time."""
    seen: list[tuple[str | None, str | None, str]] = []

    async def bot(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append(
            (
                headers.get("X-Slack-Retry-Num"),
                headers.get("X-Slack-Retry-Reason"),
                (await request.json())["event_id"],
            )
        )
        return web.Response(status=500 if len(seen) < 3 else 200)

    async with open_listening(bot, retry_after=(0.0, 0.01, 0.02)) as workspace:
        await workspace.drop_file(ALICE, ORDERS, "a", b"a")
        await workspace.wait_for(lambda: len(_events(workspace)) == 3)
    assert [one[:2] for one in seen] == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({event_id for _, _, event_id in seen}) == 1


async def test_an_event_is_given_up_after_three_retries(impatient: Practice) -> None:
    """Four deliveries in all; the reason says whether the bot was slow or away."""
    impatient.workspace.bot_url = "http://127.0.0.1:9/"
    await impatient.workspace.drop_file(ALICE, ORDERS, "a", b"a")
    await impatient.workspace.wait_for(lambda: len(_events(impatient.workspace)) == 4)
    await asyncio.sleep(0.1)
    assert [one.headers.get("X-Slack-Retry-Reason") for one in _events(impatient.workspace)] == [
        None,
        *["connection_failed"] * 3,
    ]


async def test_a_retry_comes_when_the_clock_is_moved(workspace: Workspace) -> None:
    """Slack's pauses of one and five minutes go by the workspace's clock."""
    await workspace.drop_file(ALICE, ORDERS, "a", b"a")
    await workspace.wait_for(lambda: len(_events(workspace)) == 2)
    await asyncio.sleep(0.05)
    assert len(_events(workspace)) == 2
    workspace.advance(timedelta(minutes=1))
    await workspace.wait_for(lambda: len(_events(workspace)) == 3)
    await asyncio.sleep(0.05)
    workspace.advance(timedelta(minutes=5))
    await workspace.wait_for(lambda: len(_events(workspace)) == 4)


async def test_a_slow_event_is_retried_as_a_timeout(impatient: Practice) -> None:
    """An event that is acknowledged too late comes again with http_timeout."""

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.4)
        return web.Response()

    async with open_listening(slow, ack_seconds=0.1, retry_after=(0.0,)) as workspace:
        await workspace.drop_file(ALICE, ORDERS, "a", b"a")
        await workspace.wait_for(lambda: len(_events(workspace)) == 2)
        assert _events(workspace)[1].headers["X-Slack-Retry-Reason"] == "http_timeout"


async def test_a_bot_may_ask_for_no_retry() -> None:
    """X-Slack-No-Retry on a failure ends it."""

    async def bot(_request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with open_listening(bot, retry_after=(0.0,)) as workspace:
        await workspace.drop_file(ALICE, ORDERS, "a", b"a")
        await workspace.wait_for(lambda: _events(workspace))
        await asyncio.sleep(0.05)
        assert len(_events(workspace)) == 1


async def test_an_event_can_be_delivered_again_by_hand(practice: Practice) -> None:
    """The same event several times at once, for tests of what must happen once."""
    heard: list[str] = []

    @practice.bot.event("file_shared")
    async def hear(event: Json) -> None:
        heard.append(event["file_id"])

    file_id = await practice.workspace.drop_file(ALICE, ORDERS, "a", b"a")
    await practice.workspace.wait_for(lambda: heard)
    (event_id,) = practice.workspace.events
    acks = await practice.workspace.redeliver_event(event_id, times=4)
    assert all(ack.ok for ack in acks)
    await practice.workspace.wait_for(lambda: heard == [file_id] * 5)


async def test_a_bot_hears_only_of_files_where_it_is(practice: Practice) -> None:
    """A file in a channel without the bot, or without the scope, brings no event."""
    await practice.workspace.drop_file(ALICE, GENERAL, "a", b"a")
    practice.workspace.scopes.discard("files:read")
    await practice.workspace.drop_file(ALICE, ORDERS, "a", b"a")
    assert not practice.workspace.events


async def test_a_retry_in_socket_mode_stands_in_the_envelope() -> None:
    """slack_sdk sees retry_attempt and retry_reason beside the payload, which is the same."""
    heard: list[tuple[int | None, str | None]] = []
    async with open_practice(socket_mode=True, ack_seconds=0.1, retry_after=(0.0,)) as practice:
        practice.bot.event("file_shared")(_nothing)
        client = practice.workspace.sockets
        sent = client.send

        async def dropped_once(kind: str, payload: Json, headers: dict[str, str]) -> Any:
            ack = await sent(kind, payload, headers)
            heard.append((int(headers.get("X-Slack-Retry-Num", 0)), headers.get("X-Slack-Retry-Reason")))
            return ack if len(heard) > 1 else type(ack)({}, "operation_timeout", "http_timeout")

        client.send = dropped_once  # type: ignore[method-assign]  # one acknowledgement gets lost
        await practice.workspace.drop_file(ALICE, ORDERS, "a", b"a")
        await practice.workspace.wait_for(lambda: len(heard) == 2)
    assert heard == [(0, None), (1, "http_timeout")]


async def test_a_second_submission_finds_the_view_gone(practice: Practice) -> None:
    """Two submissions at once close one view, not two of the stack."""

    @practice.bot.view("form")
    async def take(ack: Any) -> None:
        await asyncio.sleep(0.05)
        await ack()

    await opened(practice, modal(callback_id="below"))
    above = await pushed(practice, modal(text_input(optional=True), callback_id="form"))
    both = await asyncio.gather(*(practice.workspace.submit(ALICE, above, {}) for _ in range(2)))
    assert [one.action for one in both] == ["close", "close"]
    assert [view["callback_id"] for view in practice.workspace.views(ALICE)] == ["below"]


async def test_a_click_needs_something_to_click(practice: Practice) -> None:
    """What a member does not see, they cannot press."""
    posted = await practice.client.chat_postEphemeral(channel=ORDERS, user=ALICE, text="x", blocks=[actions()])
    with pytest.raises(KeyError):
        await practice.workspace.click(BOB, posted["message_ts"], "press")
    with pytest.raises(KeyError):
        await practice.workspace.click(ALICE, posted["message_ts"], "other")


async def _nothing() -> None:
    """A listener that acknowledges and does nothing."""
