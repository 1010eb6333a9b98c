"""What people do in modals: type, submit, close; and what the bot's acknowledgement makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.block_kit import inputs
from bot.workspace.core.core import Core
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.state import OpenView
from bot.workspace.members import payloads, views
from bot.workspace.members.files import file_object, store_file

Json = dict[str, Any]
Files = dict[str, dict[str, list[tuple[str, bytes]]]]

TROUBLE = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."
# docs.slack.dev, file input element: ten megabytes each.
LARGEST_FILE = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """What became of a submitted view: ``close``, ``clear``, ``errors``, ``update`` or ``push``.

    ``errors`` are sentences by block id. With neither errors nor success, ``error`` is the trouble that Slack shows.
    """

    action: str
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None


async def submit(
    core: Core, member: str, view_id: str, values: Json | None = None, files: Files | None = None
) -> SubmitResult:
    """Submit the view on top: ``values`` and ``files`` by block and action id are typed first, as a person would.

    What Slack's own client refuses (a required input without a value, too many or too large files, a text of the
    wrong length) stops here, and the bot hears nothing. Raises KeyError where the view is not on top.
    """
    opened = _top(core, member, view_id)
    for block_id, actions in (values or {}).items():
        opened.typed.setdefault(block_id, {}).update(actions)
    refused = dict(_refused_files(opened, files or {}))
    if refused:
        return SubmitResult("errors", errors=refused)
    _attach(core, member, opened, files or {})
    wrong = dict(_refused_values(opened))
    if wrong:
        return SubmitResult("errors", errors=wrong)
    payload = {
        **payloads.interaction(core, "view_submission", member),
        "view": views.shown(opened),
        "trigger_id": core.permissions.trigger(member),
        "response_urls": [],
    }
    ack = await core.delivery.send("interaction", payload)
    if not ack.ok:
        return SubmitResult("errors", error=TROUBLE)
    await asyncio.sleep(core.faults.late_acks)
    try:
        return _answered(core, member, opened, ack.body)
    except SlackRefused as no_answer:
        # Slack shows the same words for an answer that it cannot use as for none.
        core.refused.append(no_answer)
        return SubmitResult("errors", error=TROUBLE)


def _top(core: Core, member: str, view_id: str) -> OpenView:
    opened = core.state.top_view(member)
    if opened is None or opened.view["id"] != view_id:
        raise KeyError(f"{member} has no view {view_id} on top")
    return opened


def _input_blocks(opened: OpenView) -> list[Json]:
    return [block for block in opened.view["blocks"] if block["type"] == "input"]


def _refused_files(opened: OpenView, files: Files) -> Iterator[tuple[str, str]]:
    """Files that Slack's client would not take, by block id."""
    for block in _input_blocks(opened):
        chosen = files.get(block["block_id"], {}).get(block["element"]["action_id"], [])
        most = block["element"].get("max_files", 10)
        if len(chosen) > most:
            yield block["block_id"], f"Please choose no more than {most} file{'' if most == 1 else 's'}."
        elif too_large := [name for name, data in chosen if len(data) > LARGEST_FILE]:
            yield block["block_id"], f"{too_large[0]} is larger than 10 MB."


def _attach(core: Core, member: str, opened: OpenView, files: Files) -> None:
    """Upload what was chosen; such files are in no channel."""
    for block_id, actions in files.items():
        for action_id, chosen in actions.items():
            stored = [store_file(core, member, name, data, []) for name, data in chosen]
            objects = [file_object(core, one) for one in stored]
            opened.typed.setdefault(block_id, {})[action_id] = {"type": "file_input", "files": objects}


def _refused_values(opened: OpenView) -> Iterator[tuple[str, str]]:
    """What Slack's client says under the fields, by block id."""
    values = inputs.values(opened.view["blocks"], opened.typed)
    for block in _input_blocks(opened):
        element = block["element"]
        value = values[block["block_id"]][element["action_id"]]
        if inputs.empty(value):
            if not block.get("optional", False):
                yield block["block_id"], REQUIRED
        elif "max_selected_items" in element and inputs.count(value) > element["max_selected_items"]:
            yield block["block_id"], f"Please choose no more than {element['max_selected_items']}."
        elif element["type"] == "plain_text_input":
            length = len(value["value"])
            if length < element.get("min_length", 0):
                yield block["block_id"], f"Please enter at least {element['min_length']} characters."
            elif length > element.get("max_length", 3000):
                yield block["block_id"], f"Please enter no more than {element.get('max_length', 3000)} characters."


def _answered(core: Core, member: str, opened: OpenView, body: Json) -> SubmitResult:
    """Do what the acknowledgement says (``response_action``), unless the view has gone meanwhile."""
    action = body.get("response_action")
    if action not in {None, "clear", "errors", "update", "push"}:
        raise SlackRefused("invalid_arguments", [f"unknown response_action {action}"])
    if all(one is not opened for one in core.state.views.get(member, [])):
        # The other of two submissions closed it, or the person did: there is nothing left to answer.
        return SubmitResult(action or "close")
    if action is None:
        views.close(core.state, member, opened)
    elif action == "clear":
        core.state.views[member] = []
        core.state.changed()
    elif action == "errors":
        return SubmitResult("errors", errors=_errors(opened, body.get("errors")))
    elif action == "update":
        views.update_view(core.state, opened.view["id"], body.get("view"))
    else:
        views.push_view(core.state, member, body.get("view"))
    return SubmitResult(action or "close")


def _errors(opened: OpenView, errors: Any) -> dict[str, str]:
    """Errors stand under input blocks, by block id; anything else is no answer."""
    blocks = {block["block_id"] for block in _input_blocks(opened)}
    if not isinstance(errors, dict) or not errors or not set(errors) <= blocks:
        raise SlackRefused("invalid_arguments", ["errors name no input block"])
    return {str(key): str(value) for key, value in errors.items()}


async def close_view(core: Core, member: str, view_id: str, *, all_: bool = False) -> None:
    """Close the view on top, or the whole stack (``all_``, and where the view says ``clear_on_close``).

    The bot hears of each view that asked for it (``notify_on_close``), without what was typed.
    """
    opened = core.state.top_view(member)
    if opened is None or opened.view["id"] != view_id:
        return
    cleared = all_ or bool(opened.view["clear_on_close"])
    gone = list(reversed(core.state.views[member])) if cleared else [opened]
    for one in gone:
        views.close(core.state, member, one)
    for one in gone:
        if one.view["notify_on_close"]:
            view = {**one.view, "state": {"values": {}}}
            payload = {**payloads.interaction(core, "view_closed", member), "view": view, "is_cleared": cleared}
            await core.delivery.send("interaction", payload)
