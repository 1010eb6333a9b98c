"""What people do in the workspace. The page's buttons and the tests call the same coroutines."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.workspace import answering, inputs, views
from bot.workspace.delivery import Ack
from bot.workspace.people import APP, BOT_USER, TEAM
from bot.workspace.refusals import SlackRefused
from bot.workspace.state import OpenView, StoredFile
from bot.workspace.triggers import Response
from bot.workspace.web_api.files import file_object

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]

TROUBLE = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command went; ``error`` is ``operation_timeout``, ``dispatch_failed`` or ``unknown_command``."""

    ok: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """What became of a submitted view: ``close``, ``clear``, ``errors``, ``update`` or ``push``."""

    action: str
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None


def _who(workspace: Workspace, member: str) -> Json:
    person = workspace.state.members[member]
    return {"id": member, "username": person.name, "name": person.name, "team_id": TEAM}


def event_payload(workspace: Workspace, event: Json) -> Json:
    """The envelope of an event."""
    return {
        "token": "practice",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event": event,
        "event_id": workspace.state.new_id("Ev"),
        "event_time": int(workspace.state.clock.now().timestamp()),
        "authorizations": [
            {
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
                "enterprise_id": None,
            }
        ],
    }


def store_file(workspace: Workspace, member: str, name: str, data: bytes, channels: list[str]) -> StoredFile:
    """Keep an uploaded file."""
    created = int(workspace.state.clock.now().timestamp())
    file = StoredFile(workspace.state.new_id("F"), name, data, member, channels, created)
    workspace.state.files[file.id] = file
    return file


async def drop_file(workspace: Workspace, member: str, channel: str, name: str, data: bytes) -> str:
    """Share a file in a channel; the bot hears of it where it is a member. Returns the file's id."""
    file = store_file(workspace, member, name, data, [channel])
    workspace.state.post(channel, {"user": member, "text": "", "files": [{"id": file.id}]})
    share(workspace, file.id, member, channel)
    return file.id


def share(workspace: Workspace, file_id: str, member: str, channel: str) -> None:
    """Tell the bot that a file was shared: ids only."""
    if BOT_USER not in workspace.state.channels[channel].members or "files:read" not in workspace.scopes:
        return
    event = {
        "type": "file_shared",
        "file_id": file_id,
        "user_id": member,
        "file": {"id": file_id},
        "channel_id": channel,
        "event_ts": workspace.state.new_ts(),
    }
    payload = event_payload(workspace, event)
    workspace.events[payload["event_id"]] = payload
    workspace.delivery.event(payload)


async def command(workspace: Workspace, member: str, channel: str, text: str) -> CommandResult:
    """Type a command (``/cert list``) into a channel."""
    name, _, rest = text.partition(" ")
    if name not in {one.text.split(" ")[0] for one in workspace.commands} and workspace.commands:
        return CommandResult(False, "unknown_command")
    place = workspace.state.channels[channel]
    response = workspace.permissions.response(channel, member)
    payload = {
        "token": "practice",
        "team_id": TEAM,
        "team_domain": "practice",
        "channel_id": channel,
        "channel_name": place.name or "directmessage",
        "user_id": member,
        "user_name": workspace.state.members[member].name,
        "command": name,
        "text": rest.strip(),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": f"{workspace.base_url}/respond/{response}",
        "trigger_id": workspace.permissions.trigger(member),
    }
    ack = await workspace.delivery.send("command", payload)
    if ack.ok and (ack.body.get("text") or ack.body.get("blocks")):
        answering.apply(workspace, Response(channel, member, 0.0, None, False), ack.body)
    return CommandResult(ack.ok, ack.error)


async def click(
    workspace: Workspace, member: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None
) -> Ack:
    """Press a button, or choose in a menu, in a message (its ``ts``), a view or the Home (their id).

    ``value`` is what a menu or a picker is set to. Raises KeyError where there is no such element.
    """
    container, blocks, opened = _container(workspace, member, where)
    block, element = _element(blocks, action_id, block_id)
    action = {"type": element["type"], "block_id": block["block_id"], "action_id": action_id}
    action["action_ts"] = workspace.state.new_ts()
    if element["type"] == "button":
        action |= {"text": element["text"], "value": element.get("value", "")}
    else:
        action |= inputs.shaped({**element, "type": _plain_type(element)}, value) | {"type": element["type"]}
        if opened is not None:
            opened.typed.setdefault(block["block_id"], {})[action_id] = value
    payload = {**_interaction(workspace, "block_actions", member), **container, "actions": [action]}
    payload["trigger_id"] = workspace.permissions.trigger(member)
    return await workspace.delivery.send("interaction", payload)


def _plain_type(element: Json) -> str:
    return "static_select" if element["type"] == "overflow" else str(element["type"])


def _interaction(workspace: Workspace, kind: str, member: str) -> Json:
    return {
        "type": kind,
        "token": "practice",
        "team": {"id": TEAM, "domain": "practice"},
        "user": _who(workspace, member),
        "api_app_id": APP,
        "is_enterprise_install": False,
        "enterprise": None,
    }


def _container(workspace: Workspace, member: str, where: str) -> tuple[Json, list[Json], OpenView | None]:
    """What an interaction came from: (its part of the payload, its blocks, the open view)."""
    found = workspace.state.view(where)
    if found is not None and found[0] == member:
        view = views.shown(found[1])
        return {"container": {"type": "view", "view_id": where}, "view": view}, view["blocks"], found[1]
    for channel, message, ephemeral in _messages(workspace, member):
        if message["ts"] == where:
            return _message_container(workspace, member, channel, message, ephemeral), message["blocks"], None
    raise KeyError(f"nothing that {member} sees is called {where}")


def _messages(workspace: Workspace, member: str) -> list[tuple[str, Json, bool]]:
    state = workspace.state
    everyone = [(c, one, False) for c, all_ in state.messages.items() for one in all_ if one.get("blocks")]
    own = [(c, one, True) for (who, c), all_ in state.ephemerals.items() if who == member for one in all_]
    return everyone + own


def _message_container(workspace: Workspace, member: str, channel: str, message: Json, ephemeral: bool) -> Json:
    response = workspace.permissions.response(channel, member, message_ts=message["ts"], ephemeral=ephemeral)
    values = inputs.values(message.get("blocks", []), {})
    part: Json = {
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel,
            "is_ephemeral": ephemeral,
        },
        "channel": {"id": channel, "name": workspace.state.channels[channel].name or "directmessage"},
        "state": {"values": values},
        "response_url": f"{workspace.base_url}/respond/{response}",
    }
    if not ephemeral:
        part["message"] = copy.deepcopy(message)
    return part


def _element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    for block in blocks:
        if block_id is not None and block["block_id"] != block_id:
            continue
        for element in [block.get("element"), block.get("accessory"), *block.get("elements", [])]:
            if isinstance(element, dict) and element.get("action_id") == action_id:
                return block, element
    raise KeyError(f"there is no element {action_id}")


async def submit(
    workspace: Workspace,
    member: str,
    view_id: str,
    values: Json | None = None,
    files: dict[str, dict[str, list[tuple[str, bytes]]]] | None = None,
) -> SubmitResult:
    """Submit the view on top: ``values`` and ``files`` by block and action id are typed first, as a person would.

    A required input without a value stops here, as Slack's client stops it.
    """
    opened = workspace.state.top_view(member)
    if opened is None or opened.view["id"] != view_id:
        raise KeyError(f"{member} has no view {view_id} on top")
    _type(workspace, member, opened, values or {}, files or {})
    missing = _missing(opened)
    if missing:
        return SubmitResult("errors", errors=missing)
    payload = {
        **_interaction(workspace, "view_submission", member),
        "view": views.shown(opened),
        "trigger_id": workspace.permissions.trigger(member),
        "response_urls": [],
    }
    ack = await workspace.delivery.send("interaction", payload)
    if not ack.ok:
        return SubmitResult("errors", error=TROUBLE)
    try:
        return _answered(workspace, member, opened, ack.body)
    except SlackRefused as refused:
        # Slack shows the same words for an answer that it cannot use as for none.
        workspace.refused.append(refused)
        return SubmitResult("errors", error=TROUBLE)


def _type(workspace: Workspace, member: str, opened: OpenView, values: Json, files: dict[str, Any]) -> None:
    for block_id, actions in values.items():
        opened.typed.setdefault(block_id, {}).update(actions)
    for block_id, chosen in files.items():
        for action_id, uploads in chosen.items():
            stored = [store_file(workspace, member, name, data, []) for name, data in uploads]
            objects = [file_object(workspace, one) for one in stored]
            opened.typed.setdefault(block_id, {})[action_id] = {"type": "file_input", "files": objects}


def _missing(opened: OpenView) -> dict[str, str]:
    values = inputs.values(opened.view["blocks"], opened.typed)
    required = [b for b in opened.view["blocks"] if b["type"] == "input" and not b.get("optional", False)]
    return {
        block["block_id"]: REQUIRED
        for block in required
        if any(inputs.empty(value) for value in values.get(block["block_id"], {}).values())
    }


def _answered(workspace: Workspace, member: str, opened: OpenView, body: Json) -> SubmitResult:
    """Do what the acknowledgement says (``response_action``)."""
    action = body.get("response_action")
    if action is None:
        views.close_top(workspace.state, member)
        return SubmitResult("close")
    if action == "clear":
        workspace.state.views[member] = []
        workspace.state.changed()
    elif action == "errors":
        return _errors(opened, body.get("errors", {}))
    elif action == "update":
        views.update_view(workspace.state, opened.view["id"], body.get("view", {}))
    elif action == "push":
        views.push_view(workspace.state, member, body.get("view", {}))
    else:
        raise SlackRefused("invalid_arguments", [f"unknown response_action {action}"])
    return SubmitResult(action)


def _errors(opened: OpenView, errors: Any) -> SubmitResult:
    """Errors stand under input blocks, by block id; anything else is no answer."""
    blocks = {block["block_id"] for block in opened.view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= blocks:
        raise SlackRefused("invalid_arguments", ["errors name no input block"])
    return SubmitResult("errors", errors={str(key): str(value) for key, value in errors.items()})


async def close_view(workspace: Workspace, member: str, view_id: str) -> None:
    """Close the view on top; the bot hears of it where it asked to (``notify_on_close``)."""
    opened = workspace.state.top_view(member)
    if opened is None or opened.view["id"] != view_id:
        return
    views.close_top(workspace.state, member)
    if opened.view["notify_on_close"]:
        view = {**opened.view, "state": {"values": {}}}
        payload = {**_interaction(workspace, "view_closed", member), "view": view, "is_cleared": False}
        await workspace.delivery.send("interaction", payload)


async def open_home(workspace: Workspace, member: str) -> None:
    """Open the App Home."""
    event: Json = {
        "type": "app_home_opened",
        "user": member,
        "channel": workspace.state.im_of(member).id,
        "tab": "home",
        "event_ts": workspace.state.new_ts(),
    }
    if home := workspace.state.homes.get(member):
        event["view"] = views.shown(home)
    workspace.delivery.event(event_payload(workspace, event))


async def suggestions(
    workspace: Workspace, member: str, where: str, action_id: str, text: str, *, block_id: str | None = None
) -> list[Json]:
    """Type into a menu whose options the bot has; at most 100 of its answer are taken."""
    container, blocks, _ = _container(workspace, member, where)
    block, _element_found = _element(blocks, action_id, block_id)
    payload = {**_interaction(workspace, "block_suggestion", member), **container}
    payload |= {"block_id": block["block_id"], "action_id": action_id, "value": text}
    ack = await workspace.delivery.send("interaction", payload)
    return list(ack.body.get("options", []))[:100]
