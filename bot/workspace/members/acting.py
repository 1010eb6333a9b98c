"""What people do in conversations. The page's buttons and the tests call the same coroutines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.workspace.block_kit import inputs
from bot.workspace.core.delivery import Ack
from bot.workspace.core.people import BOT_USER, Channel
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.state import OpenView, StoredFile
from bot.workspace.core.triggers import Response
from bot.workspace.members import answers, payloads, views

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]

MOST_SUGGESTIONS = 100


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command went.

    ``error`` is ``operation_timeout``, ``dispatch_failed``, ``invalid_command_response`` or ``unknown_command``.
    """

    ok: bool
    error: str | None = None


def place(workspace: Workspace, member: str, channel: str) -> Channel:
    """A conversation that the member is in; raises KeyError for any other."""
    if member not in workspace.state.members:
        raise KeyError(f"there is no member {member}")
    found = workspace.state.channels.get(channel)
    if found is None or member not in found.members:
        raise KeyError(f"{member} is in no conversation {channel}")
    return found


def say(workspace: Workspace, member: str, channel: str, text: str) -> str:
    """Say something in a conversation, as it is; returns the message's ``ts``."""
    place(workspace, member, channel)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return str(workspace.state.post(channel, {"user": member, "text": escaped})["ts"])


def store_file(workspace: Workspace, member: str, name: str, data: bytes, channels: list[str]) -> StoredFile:
    """Keep an uploaded file."""
    created = int(workspace.state.clock.now().timestamp())
    file = StoredFile(workspace.state.new_id("F"), name, data, member, channels, created)
    workspace.state.files[file.id] = file
    return file


async def drop_file(
    workspace: Workspace, member: str, channel: str, name: str, data: bytes, *, foreign: str | None = None
) -> str:
    """Share a file in a conversation; the bot hears of it where it is a member. Returns the file's id.

    ``foreign`` makes it a file of another workspace (Slack Connect): see :class:`StoredFile`.
    """
    place(workspace, member, channel)
    file = store_file(workspace, member, name, data, [channel])
    file.foreign = foreign
    workspace.state.post(channel, {"user": member, "text": "", "files": [{"id": file.id}]})
    _tell_shared(workspace, file, member, channel)
    return file.id


def _tell_shared(workspace: Workspace, file: StoredFile, member: str, channel: str) -> None:
    """``file_shared``: ids only, and no more than that for files of elsewhere."""
    if BOT_USER not in workspace.state.channels[channel].members or "files:read" not in workspace.scopes:
        return
    inner = {
        "type": "file_shared",
        "file_id": file.id,
        "user_id": member,
        "file": {"id": file.id} | ({"file_access": "check_file_info"} if file.foreign else {}),
        "channel_id": channel,
        "event_ts": workspace.state.new_ts(),
    }
    payload = payloads.event(workspace, inner)
    workspace.events[payload["event_id"]] = payload
    workspace.delivery.event(payload)


async def command(workspace: Workspace, member: str, channel: str, text: str) -> CommandResult:
    """Type a command (``/cert list``) into a conversation; any conversation will do, with or without the bot."""
    place(workspace, member, channel)
    name, _, rest = text.partition(" ")
    known = {one.text.split(" ")[0] for one in workspace.commands}
    if (known and name not in known) or "commands" not in workspace.scopes:
        return CommandResult(False, "unknown_command")
    payload = payloads.command(workspace, member, channel, name, rest.strip())
    ack = await workspace.delivery.send("command", payload)
    if ack.ok and (ack.body.get("text") or ack.body.get("blocks")):
        try:
            answers.apply(workspace, Response(channel, member), ack.body)
        except SlackRefused as refused:
            workspace.refused.append(refused)
            return CommandResult(False, "invalid_command_response")
    return CommandResult(ack.ok, ack.error)


async def click(
    workspace: Workspace, member: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None
) -> Ack:
    """Press a button, or choose in a menu, in a message (its ``ts``), a view or the Home (their id).

    ``value`` is what a menu or a picker is set to: the option's value or text, a date, a number. An input of a form
    only takes the value, unless it says ``dispatch_action``. Raises KeyError where there is no such element.
    """
    part, blocks, opened = payloads.container(workspace, member, where)
    block, element = payloads.element(blocks, action_id, block_id)
    action = {"type": element["type"], "block_id": block["block_id"], "action_id": action_id}
    if element["type"] == "button":
        action |= {name: element[name] for name in ("text", "value", "style") if name in element}
    else:
        action |= inputs.shaped(element, value)
        _choose(workspace, member, where, opened, action)
        part = payloads.container(workspace, member, where)[0]
    if block["type"] == "input" and not block.get("dispatch_action", False):
        return Ack({})
    action["action_ts"] = workspace.state.new_ts()
    payload = {**payloads.interaction(workspace, "block_actions", member), **part, "actions": [action]}
    payload["trigger_id"] = workspace.permissions.trigger(member)
    return await workspace.delivery.send("interaction", payload)


def _choose(workspace: Workspace, member: str, where: str, opened: OpenView | None, action: Json) -> None:
    """Remember what stands in an element now; what acts only, as an overflow menu does, holds nothing."""
    if action["type"] in inputs.HOLDING:
        typed = workspace.state.chosen.setdefault((member, where), {}) if opened is None else opened.typed
        value = {name: part for name, part in action.items() if name not in {"block_id", "action_id"}}
        typed.setdefault(action["block_id"], {})[action["action_id"]] = value


async def open_home(workspace: Workspace, member: str) -> None:
    """Open the App Home; the bot hears of it where the Home tab is on."""
    if not workspace.home_enabled:
        return
    inner: Json = {
        "type": "app_home_opened",
        "user": member,
        "channel": workspace.state.im_of(member).id,
        "tab": "home",
        "event_ts": workspace.state.new_ts(),
    }
    if home := workspace.state.homes.get(member):
        inner["view"] = views.shown(home)
    workspace.delivery.event(payloads.event(workspace, inner))


async def suggestions(
    workspace: Workspace, member: str, where: str, action_id: str, text: str, *, block_id: str | None = None
) -> Json:
    """Type into a menu whose options the bot has: ``options`` (100 of its answer at most) or ``option_groups``."""
    part, blocks, _ = payloads.container(workspace, member, where)
    block, _element = payloads.element(blocks, action_id, block_id)
    payload = {**payloads.interaction(workspace, "block_suggestion", member), **part}
    payload |= {"block_id": block["block_id"], "action_id": action_id, "value": text}
    ack = await workspace.delivery.send("interaction", payload)
    if isinstance(ack.body.get("option_groups"), list):
        return {"option_groups": ack.body["option_groups"][:MOST_SUGGESTIONS]}
    options = ack.body.get("options")
    return {"options": options[:MOST_SUGGESTIONS] if isinstance(options, list) else []}
