"""Views as Slack keeps them: opened, pushed, updated and published, each a stack of a member's."""

from __future__ import annotations

import copy
import secrets
from typing import Any

from bot.workspace import inputs
from bot.workspace.limits import check_view
from bot.workspace.people import APP, BOT, TEAM
from bot.workspace.refusals import SlackRefused
from bot.workspace.state import OpenView, State

Json = dict[str, Any]

DEEPEST = 3


def open_view(state: State, member: str, view: Json) -> Json:
    """``views.open``: a new stack, in place of whatever was open."""
    check_view(view, kind="modal")
    opened = _made(state, view)
    state.views[member] = [opened]
    state.changed()
    return shown(opened)


def push_view(state: State, member: str, view: Json) -> Json:
    """``views.push``: onto the member's stack, three at most."""
    check_view(view, kind="modal")
    stack = state.views.get(member, [])
    if not stack:
        raise SlackRefused("not_found")
    if len(stack) >= DEEPEST:
        raise SlackRefused("push_limit_reached")
    opened = _made(state, view)
    opened.view |= {"previous_view_id": stack[-1].view["id"], "root_view_id": stack[0].view["id"]}
    stack.append(opened)
    state.changed()
    return shown(opened)


def update_view(state: State, view_id: str, view: Json, hash_: str | None = None) -> Json:
    """``views.update``: inputs with the same block and action id keep what was typed."""
    found = state.view(view_id)
    if found is None:
        raise SlackRefused("not_found")
    check_view(view, kind="modal")
    _, opened = found
    if hash_ is not None and hash_ != opened.view["hash"]:
        raise SlackRefused("hash_conflict")
    kept = {name: opened.view[name] for name in ("id", "previous_view_id", "root_view_id")}
    opened.view = _made(state, view).view | kept
    state.changed()
    return shown(opened)


def publish_home(state: State, member: str, view: Json) -> Json:
    """``views.publish``: the member's App Home."""
    check_view(view, kind="home")
    home = _made(state, view)
    if before := state.homes.get(member):
        home.view["id"] = before.view["id"]
    state.homes[member] = home
    state.changed()
    return shown(home)


def by_external_id(state: State, external_id: str) -> str | None:
    """The id of the open view with that external id."""
    stacks = state.views.values()
    return next((one.view["id"] for stack in stacks for one in stack if one.view["external_id"] == external_id), None)


def close_top(state: State, member: str) -> OpenView | None:
    """Take the top view off the member's stack."""
    stack = state.views.get(member, [])
    closed = stack.pop() if stack else None
    state.changed()
    return closed


def shown(opened: OpenView) -> Json:
    """The view object with its state, as payloads carry it."""
    view = copy.deepcopy(opened.view)
    view["state"] = {"values": inputs.values(view["blocks"], opened.typed)}
    return view


def _made(state: State, view: Json) -> OpenView:
    blocks = inputs.fill_ids(copy.deepcopy(view.get("blocks", [])))
    id_ = state.new_id("V")
    return OpenView(
        {
            "id": id_,
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "close": None,
            "submit": None,
            "title": {"type": "plain_text", "text": "Home"},
            "root_view_id": id_,
            "previous_view_id": None,
            **view,
            "blocks": blocks,
            "hash": f"{state.clock.now().timestamp():.0f}.{secrets.token_hex(4)}",
        }
    )
