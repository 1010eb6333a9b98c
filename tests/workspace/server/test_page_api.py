"""What the page asks: the state of one member, the line that says it changed, and every deed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import bot.workspace
from bot.workspace import Workspace
from bot.workspace.server import application
from tests.workspace.practice import ALICE, BOB, ORDERS, Practice, actions, button, menu, modal, opened, text_input

Json = dict[str, Any]


class Page:
    """A browser without a page: only its requests."""

    def __init__(self, workspace: Workspace, http: aiohttp.ClientSession, me: str = ALICE) -> None:
        self.base = workspace.base_url + "/client/"
        self.http = http
        self.me = me

    async def state(self) -> Json:
        async with self.http.get(self.base + "state", params={"as": self.me}) as answer:
            return dict(await answer.json())

    async def do(self, name: str, **fields: Any) -> tuple[int, Json]:
        async with self.http.post(self.base + name, json={"as": self.me, **fields}) as answer:
            return answer.status, await answer.json()

    async def send(self, name: str, files: list[tuple[str, str, bytes]], **fields: str) -> tuple[int, Json]:
        # Browsers send file names as they are.
        form = aiohttp.FormData({"as": self.me, **fields}, quote_fields=False)
        for field, file_name, data in files:
            form.add_field(field, data, filename=file_name)
        async with self.http.post(self.base + name, data=form) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def http() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_the_state_of_a_member(workspace: Workspace, http: aiohttp.ClientSession) -> None:
    """People, channels, samples and commands stand there; an unknown member is the first one."""
    page = Page(workspace, http, me="U1")
    state = await page.state()
    assert (state["me"], state["im"], state["app"]) == (ALICE, "D0ALICE", {"name": "Certdesk"})
    assert [one["name"] for one in state["members"]] == ["alice", "bob", "carol", "dave", "erin"]
    assert [one["name"] for one in state["channels"]] == ["orders", "payments", "bank", "general"]
    assert state["commands"][0] == {"text": "/cert list", "usage": "", "about": "Lists."}
    (sample,) = state["samples"]
    async with http.get(f"{workspace.base_url}/{sample['address']}") as answer:
        assert await answer.read() == b"sample"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_files_are_shared_seen_and_deleted(workspace: Workspace, http: aiohttp.ClientSession) -> None:
    """A dropped file is a message for all; who shared it, and admins, may delete it, others not."""
    bob = Page(workspace, http, BOB)
    assert (await bob.send("files", [("file", "a <b>.pfx", b"1"), ("file", "c.pem", b"2")], channel=ORDERS))[0] == 200
    messages = (await bob.state())["messages"][ORDERS]
    first, second = (message["files"][0] for message in messages)
    assert (first["name"], first["size"], second["name"]) == ("a <b>.pfx", 1, "c.pem")
    carol, alice = Page(workspace, http, "U0CAROL"), Page(workspace, http)
    for page, allowed in ((bob, True), (carol, False), (alice, True)):
        assert (await page.state())["messages"][ORDERS][0]["files"][0]["deletable"] is allowed
    assert (await carol.do("delete", file=first["id"]))[0] == 400
    assert (await alice.do("delete", file=first["id"]))[0] == 200
    assert (await bob.state())["messages"][ORDERS][0]["files"] == [{"id": first["id"], "deleted": True}]
    async with http.get(f"{workspace.base_url}/{second['address']}") as answer:
        assert await answer.read() == b"2"


async def test_ephemerals_are_seen_by_one(practice: Practice, http: aiohttp.ClientSession) -> None:
    """They stand among the messages of that member only, in order, and say what they are."""
    await practice.client.chat_postMessage(channel=ORDERS, text="1")
    await practice.client.chat_postEphemeral(channel=ORDERS, user=ALICE, text="2")
    await practice.client.chat_postMessage(channel=ORDERS, text="3")
    alice, bob = [(await Page(practice.workspace, http, me).state())["messages"][ORDERS] for me in (ALICE, BOB)]
    assert [(one["text"], one.get("ephemeral", False)) for one in alice] == [("1", False), ("2", True), ("3", False)]
    assert [one["text"] for one in bob] == ["1", "3"]
    assert all(one["isApp"] and one["author"] == "Certdesk" for one in alice)


async def test_clicking_and_submitting(practice: Practice, http: aiohttp.ClientSession) -> None:
    """A button opens a form; errors, success and trouble come back as the page needs them."""

    @practice.bot.action("open")
    async def open_form(ack: Any, body: Json, client: Any) -> None:
        await ack()
        files = {**text_input("files"), "element": {"type": "file_input", "action_id": "f"}}
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input(), files, callback_id="form"))

    @practice.bot.view("form")
    async def take(ack: Any, view: Json) -> None:
        values = view["state"]["values"]
        if values["name"]["value"]["value"] == "wrong":
            await ack(response_action="errors", errors={"name": "No."})
        elif values["name"]["value"]["value"] == "broken":
            await ack(response_action="errors", errors={"other": "No."})
        else:
            await ack()
            await practice.client.chat_postMessage(channel=ORDERS, text=values["files"]["f"]["files"][0]["name"])

    page = Page(practice.workspace, http)
    said = await practice.client.chat_postMessage(
        channel=ORDERS, text="x", blocks=[actions(button("open"), block_id="r")]
    )
    action = {"type": "button", "block_id": "r", "action_id": "open", "value": None}
    assert await page.do("action", channel=ORDERS, message=said["ts"], action=action, values={}) == (
        200,
        {"ok": True, "error": None},
    )
    await practice.workspace.wait_for(lambda: practice.workspace.views(ALICE))
    (view,) = (await page.state())["views"]

    async def submit(name: str) -> Json:
        values = json.dumps({"name": {"value": {"type": "plain_text_input", "value": name}}})
        return (await page.send("submit", [("files/f", "k.pem", b"k")], view=view["id"], values=values))[1]

    assert await submit("wrong") == {"action": "errors", "errors": {"name": "No."}, "error": None}
    trouble = await submit("broken")
    assert (trouble["errors"], trouble["error"]) == ({}, "We had some trouble connecting. Try again?")
    assert (await submit("right"))["action"] == "close"
    await practice.workspace.wait_for(lambda: practice.workspace.messages(ORDERS)[-1]["text"] == "k.pem")
    assert (await page.state())["views"] == []


async def test_a_menu_of_a_message_remembers(practice: Practice, http: aiohttp.ClientSession) -> None:
    """What a member chose stands in their state, and in nobody else's."""
    block = actions(menu("a", "b"), menu("x", kind="overflow", action_id="more"), block_id="r")
    said = await practice.client.chat_postMessage(channel=ORDERS, text="x", blocks=[block])
    page = Page(practice.workspace, http)
    for element in block["elements"]:
        chosen = {"type": element["type"], "selected_option": element["options"][-1]}
        action = {**chosen, "block_id": "r", "action_id": element["action_id"]}
        await page.do("action", channel=ORDERS, message=said["ts"], action=action)
        assert practice.workspace.deliveries[-1].payload["actions"][0]["selected_option"] == chosen["selected_option"]
    (alices,) = (await page.state())["messages"][ORDERS]
    assert list(alices["state"]["values"]["r"]) == ["choose"]
    (bobs,) = (await Page(practice.workspace, http, BOB).state())["messages"][ORDERS]
    assert "state" not in bobs


async def test_commands_and_talk(practice: Practice, http: aiohttp.ClientSession) -> None:
    """A command's failure is named, and what people say is never mark-up."""
    page = Page(practice.workspace, http)
    assert (await page.do("command", channel=ORDERS, text="/cart"))[1] == {"ok": False, "error": "unknown_command"}
    await page.do("message", channel=ORDERS, text="<!channel> & co")
    assert (await page.state())["messages"][ORDERS][-1]["text"] == "&lt;!channel&gt; &amp; co"


async def test_views_are_closed_and_the_clock_moves(practice: Practice, http: aiohttp.ClientSession) -> None:
    """`all` closes the stack; seconds go forward only."""
    page = Page(practice.workspace, http)
    form = await opened(practice, modal())
    await page.do("close", view=form, all=True)
    before = await page.state()
    assert before["views"] == []
    await page.do("clock", seconds=3600)
    assert 3599 < (await page.state())["now"] - before["now"] < 3660
    assert (await page.do("clock", seconds=-1))[0] == 400


async def test_what_cannot_be_done_is_a_sentence(workspace: Workspace, http: aiohttp.ClientSession) -> None:
    """Unknown members, channels, views, and bodies of the wrong shape are status 400 with an error."""
    page = Page(workspace, http)
    wrong: list[tuple[str, Json]] = [
        ("message", {"channel": "C1", "text": "x"}),
        ("message", {"channel": ORDERS, "text": "x", "as": "U1"}),
        ("command", {"channel": ORDERS}),
        ("action", {"message": "1.0", "action": {"block_id": "b", "action_id": "a"}}),
        ("action", {"view": "V1", "action": "press"}),
        ("suggestions", {"view": "V1", "block_id": "b", "action_id": "a", "text": ""}),
        ("home", {"as": "U1"}),
        ("delete", {"file": "F1"}),
        ("clock", {"seconds": "soon"}),
    ]
    for name, fields in wrong:
        status, said = await page.do(name, **fields)
        assert status == 400, name
        assert said["error"].startswith("That cannot be done: "), name
    async with http.post(page.base + "message", data=b"{") as answer:
        assert (await answer.json())["error"] == "That cannot be done: the body is not JSON."
    assert (await page.send("submit", [], view="V1", values="{}"))[0] == 400
    assert (await page.send("submit", [], view="V1", values="[]"))[0] == 400


async def test_the_line_says_that_something_changed(workspace: Workspace, http: aiohttp.ClientSession) -> None:
    """Each change is an event without a content, and stopping does not wait for open pages."""
    async with http.get(f"{workspace.base_url}/client/events") as line:
        assert line.content_type == "text/event-stream"
        workspace.say(ALICE, ORDERS, "x")
        assert await line.content.readline() == b"data: {}\n"
        await workspace.stop()


async def test_every_address_is_written_down(workspace: Workspace) -> None:
    """PAGE_API.md names every route of the page's, and no other."""
    text = (Path(bot.workspace.__file__).parent / "server/PAGE_API.md").read_text()
    routes = application.create(workspace).router.routes()
    paths = {str(route.resource.canonical) for route in routes if route.resource}
    deeds = {path.removeprefix("/") for path in paths if path.startswith("/client/") and "{" not in path}
    assert {path for path in deeds if path not in text} == set()
    named = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `client")}
    assert named <= deeds
