"""What a bot of slack_bolt's and slack_sdk's does, whole: over signed HTTP, and over Socket Mode."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.workspace.practice import ALICE, BOB, ORDERS, Practice, actions, button, modal, open_practice, text_input

Json = dict[str, Any]


def _teach(practice: Practice) -> None:
    """A small bot: a file is offered to its owner with a button, the button opens a form, the form makes a message."""

    @practice.bot.event("file_shared")
    async def offer(event: Json, client: Any) -> None:
        file = (await client.files_info(file=event["file_id"]))["file"]
        blocks = [actions(button("open", value=file["id"]))]
        await client.chat_postEphemeral(channel=event["channel_id"], user=event["user_id"], text="Take", blocks=blocks)

    @practice.bot.action("open")
    async def open_form(ack: Any, body: Json, client: Any) -> None:
        await ack()
        view = modal(text_input(), callback_id="form", private_metadata=body["actions"][0]["value"])
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @practice.bot.view("form")
    async def take(ack: Any, view: Json, client: Any) -> None:
        typed = view["state"]["values"]["name"]["value"]["value"]
        if typed == "wrong":
            await ack(response_action="errors", errors={"name": "Not this."})
            return
        await ack()
        file = (await client.files_info(file=view["private_metadata"]))["file"]
        async with aiohttp.ClientSession() as http:
            headers = {"Authorization": f"Bearer {client.token}"}
            async with http.get(file["url_private_download"], headers=headers) as answer:
                data = await answer.read()
        await client.chat_postMessage(channel=ORDERS, text=f"{typed}: {file['name']}: {data.decode()}")

    @practice.bot.command("/cert")
    async def command(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        await respond(f"You said {command['text']}")


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
async def test_from_file_to_message(socket_mode: bool) -> None:
    """A dropped file becomes a private offer, a form with an error and then none, and a message to all."""
    async with open_practice(socket_mode=socket_mode) as practice:
        _teach(practice)
        workspace = practice.workspace
        await workspace.drop_file(ALICE, ORDERS, "a.txt", b"content")
        (offer,) = await workspace.wait_for(lambda: workspace.ephemerals(ALICE, ORDERS))
        assert not workspace.ephemerals(BOB, ORDERS)
        assert (await workspace.click(ALICE, offer["ts"], "open")).ok
        (form,) = await workspace.wait_for(lambda: workspace.views(ALICE))
        wrong = await workspace.submit(ALICE, form["id"], {"name": {"value": "wrong"}})
        assert (wrong.action, wrong.errors, wrong.error) == ("errors", {"name": "Not this."}, None)
        assert (await workspace.submit(ALICE, form["id"], {"name": {"value": "right"}})).action == "close"
        assert not workspace.views(ALICE)
        await workspace.wait_for(lambda: workspace.messages(ORDERS)[-1]["text"] == "right: a.txt: content")


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
async def test_a_command_is_answered_privately(socket_mode: bool) -> None:
    """A command's answer through response_url is seen by who gave the command, and by nobody else."""
    async with open_practice(socket_mode=socket_mode) as practice:
        _teach(practice)
        assert (await practice.workspace.command(ALICE, ORDERS, "/cert list  all")).ok
        (said,) = await practice.workspace.wait_for(lambda: practice.workspace.ephemerals(ALICE, ORDERS))
        assert said["text"] == "You said list  all"
        assert not practice.workspace.ephemerals(BOB, ORDERS)
        assert not practice.workspace.messages(ORDERS)


async def test_a_socket_that_is_asked_to_reconnect_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk opens a new connection when it is told that the old one will close, and commands still arrive."""
    async with open_practice(socket_mode=True) as practice:
        _teach(practice)
        before = len([call for call in practice.workspace.calls if call.method == "apps.connections.open"])
        await practice.workspace.sockets.ask_to_reconnect()
        await practice.workspace.wait_for(
            lambda: len([call for call in practice.workspace.calls if call.method == "apps.connections.open"]) > before
        )
        await practice.workspace.wait_for(lambda: practice.workspace.sockets.connected)
        assert (await practice.workspace.command(ALICE, ORDERS, "/cert list")).ok


async def test_a_forged_delivery_is_refused_by_bolt(practice: Practice) -> None:
    """What the workspace sends is signed: the same bot refuses a request that is not."""
    _teach(practice)
    async with (
        aiohttp.ClientSession() as http,
        http.post(str(practice.workspace.bot_url), data={"command": "/cert", "text": ""}) as answer,
    ):
        assert answer.status == 401
