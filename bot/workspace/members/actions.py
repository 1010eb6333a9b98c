"""What people do in conversations. The page's buttons and the tests call the same coroutines."""

from __future__ import annotations

from typing import Any

from bot.workspace.block_kit import inputs
from bot.workspace.core.core import Core
from bot.workspace.core.delivery import Ack
from bot.workspace.core.state import OpenView
from bot.workspace.members import payloads, views
from bot.workspace.members.conversations import conversation

Json = dict[str, Any]

MOST_SUGGESTIONS = 100


def say(core: Core, member: str, channel: str, text: str) -> str:
    """Say something in a conversation, as it is; returns the message's ``ts``."""
    conversation(core, member, channel)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return str(core.state.post(channel, {"user": member, "text": escaped})["ts"])


async def click(
    core: Core, member: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None
) -> Ack:
    """Press a button, or choose in a menu, in a message (its ``ts``), a view or the Home (their id).

    ``value`` is what a menu or a picker is set to: the option's value or text, a date, a number. An input of a form
    only takes the value, unless it says ``dispatch_action``. Raises KeyError where there is no such element.
    """
    part, blocks, opened = payloads.container(core, member, where)
    block, element = payloads.element(blocks, action_id, block_id)
    action = {"type": element["type"], "block_id": block["block_id"], "action_id": action_id}
    if element["type"] == "button":
        action |= {name: element[name] for name in ("text", "value", "style") if name in element}
    else:
        action |= inputs.shaped(element, value)
        _choose(core, member, where, opened, action)
        part = payloads.container(core, member, where)[0]
    if block["type"] == "input" and not block.get("dispatch_action", False):
        return Ack({})
    action["action_ts"] = core.state.new_ts()
    payload = {**payloads.interaction(core, "block_actions", member), **part, "actions": [action]}
    payload["trigger_id"] = core.permissions.trigger(member)
    return await core.delivery.send("interaction", payload)


def _choose(core: Core, member: str, where: str, opened: OpenView | None, action: Json) -> None:
    """Remember what stands in an element now; what acts only, as an overflow menu does, holds nothing."""
    if action["type"] in inputs.HOLDING:
        typed = core.state.chosen.setdefault((member, where), {}) if opened is None else opened.typed
        value = {name: part for name, part in action.items() if name not in {"block_id", "action_id"}}
        typed.setdefault(action["block_id"], {})[action["action_id"]] = value


def open_home(core: Core, member: str) -> None:
    """Open the App Home; the bot hears of it where the Home tab is on."""
    if not core.home_enabled:
        return
    inner: Json = {
        "type": "app_home_opened",
        "user": member,
        "channel": core.state.im_of(member).id,
        "tab": "home",
        "event_ts": core.state.new_ts(),
    }
    if home := core.state.homes.get(member):
        inner["view"] = views.shown(home)
    core.delivery.event(payloads.event(core, inner))


async def suggestions(
    core: Core, member: str, where: str, action_id: str, text: str, *, block_id: str | None = None
) -> Json:
    """Type into a menu whose options the bot has: ``options`` (100 of its answer at most) or ``option_groups``."""
    part, blocks, _ = payloads.container(core, member, where)
    block, _element = payloads.element(blocks, action_id, block_id)
    payload = {**payloads.interaction(core, "block_suggestion", member), **part}
    payload |= {"block_id": block["block_id"], "action_id": action_id, "value": text}
    ack = await core.delivery.send("interaction", payload)
    if isinstance(ack.body.get("option_groups"), list):
        return {"option_groups": ack.body["option_groups"][:MOST_SUGGESTIONS]}
    options = ack.body.get("options")
    return {"options": options[:MOST_SUGGESTIONS] if isinstance(options, list) else []}
