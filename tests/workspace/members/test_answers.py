"""response_url: five uses in half an hour, and the only way to change an ephemeral message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.workspace.practice import ALICE, BOB, ORDERS, Practice, actions, section

Json = dict[str, Any]


async def _clicked(practice: Practice, *, ephemeral: bool) -> AsyncWebhookClient:
    """Alice clicks a button under a message; how to answer that."""

    @practice.bot.action("press")
    async def press(ack: Any) -> None:
        await ack()

    if ephemeral:
        said = await practice.client.chat_postEphemeral(channel=ORDERS, user=ALICE, text="Old", blocks=[actions()])
    else:
        said = await practice.client.chat_postMessage(channel=ORDERS, text="Old", blocks=[actions()])
    await practice.workspace.click(ALICE, said.get("message_ts") or said["ts"], "press")
    return AsyncWebhookClient(practice.workspace.deliveries[-1].payload["response_url"])


@pytest.mark.parametrize("ephemeral", [False, True])
async def test_the_original_is_replaced_and_deleted(practice: Practice, ephemeral: bool) -> None:
    """replace_original changes the very message, delete_original takes it away, for messages of both kinds."""
    answer = await _clicked(practice, ephemeral=ephemeral)

    def there() -> list[Json]:
        return practice.workspace.ephemerals(ALICE, ORDERS) if ephemeral else practice.workspace.messages(ORDERS)

    (before,) = there()
    await answer.send(text="New", blocks=[section("New")], replace_original=True)
    (after,) = there()
    assert (after["ts"], after["text"]) == (before["ts"], "New")
    await answer.send(delete_original=True)
    assert not there()


async def test_an_answer_is_private_unless_it_says_otherwise(practice: Practice) -> None:
    """Without a response_type the answer is for the member alone; in_channel is for all."""
    answer = await _clicked(practice, ephemeral=True)
    await answer.send(text="Yours")
    await answer.send(text="Everybody's", response_type="in_channel")
    assert [one["text"] for one in practice.workspace.ephemerals(ALICE, ORDERS)] == ["Old", "Yours"]
    assert [one["text"] for one in practice.workspace.messages(ORDERS)] == ["Everybody's"]
    assert not practice.workspace.ephemerals(BOB, ORDERS)


async def test_five_answers(practice: Practice) -> None:
    """The sixth is refused."""
    answer = await _clicked(practice, ephemeral=True)
    for number in range(5):
        assert (await answer.send(text=str(number))).status_code == 200
    sixth = await answer.send(text="6")
    assert (sixth.status_code, "used_url" in sixth.body) == (404, True)


async def test_half_an_hour(practice: Practice) -> None:
    """By the workspace's clock, half an hour is the end."""
    answer = await _clicked(practice, ephemeral=True)
    practice.workspace.advance(timedelta(minutes=29))
    assert (await answer.send(text="In time")).status_code == 200
    practice.workspace.advance(timedelta(minutes=2))
    late = await answer.send(text="Late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_an_answer_is_checked_like_a_message(practice: Practice) -> None:
    """Blocks beyond Slack's limits are refused, and the refusal is kept for tests."""
    answer = await _clicked(practice, ephemeral=True)
    wrong = await answer.send(text="x", blocks=[section("")])
    assert wrong.status_code == 400
    assert [one.error for one in practice.workspace.refused] == ["invalid_blocks"]
