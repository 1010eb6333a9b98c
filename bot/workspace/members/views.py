"""Views as Slack keeps them: opened, pushed, updated and published, each a stack of a member's."""

from __future__ import annotations

import copy
import secrets
from typing import Any

from bot.workspace.block_kit import inputs
from bot.workspace.block_kit.limits import check_view
from bot.workspace.core.people import APP, BOT, TEAM
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.state import OpenView, State

Json = dict[str, Any]

DEEPEST = 3


def open_view(state: State, member: str, view: Json) -> Json:
    """``views.open``: a new stack, in place of whatever was open."""
    check_view(view, kind="modal")
    _unique(state, view)
    opened = _made(state, view)
    state.views[member] = [opened]
    state.changed()
    return shown(opened)


def push_view(state: State, member: str, view: Any) -> Json:
    """``views.push``: onto the member's stack, three at most."""
    check_view(view, kind="modal")
    _unique(state, view)
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


def update_view(state: State, view_id: str, view: Any, hash_: str | None = None) -> Json:
    """``views.update``: inputs with the same block and action id keep what was typed."""
    found = state.view(view_id)
    if found is None:
        raise SlackRefused("not_found")
    _, opened = found
    check_view(view, kind=opened.view["type"])
    if hash_ is not None and hash_ != opened.view["hash"]:
        raise SlackRefused("hash_conflict")
    _unique(state, view, but=view_id)
    new = _made(state, view).view
    opened.typed = inputs.kept(opened.typed, opened.view["blocks"], new["blocks"])
    opened.view = new | {name: opened.view[name] for name in ("id", "previous_view_id", "root_view_id")}
    state.changed()
    return shown(opened)


def publish_home(state: State, member: str, view: Json, hash_: str | None = None) -> Json:
    """``views.publish``: the member's App Home."""
    check_view(view, kind="home")
    home = _made(state, view)
    if before := state.homes.get(member):
        if hash_ is not None and hash_ != before.view["hash"]:
            raise SlackRefused("hash_conflict")
        home.view |= {name: before.view[name] for name in ("id", "root_view_id")}
        home.typed = inputs.kept(before.typed, before.view["blocks"], home.view["blocks"])
    state.homes[member] = home
    state.changed()
    return shown(home)


def by_external_id(state: State, external_id: str) -> str | None:
    """The id of the open view with that external id."""
    stacks = state.views.values()
    return next((one.view["id"] for stack in stacks for one in stack if one.view["external_id"] == external_id), None)


def close(state: State, member: str, opened: OpenView) -> None:
    """Take a view off the member's stack, where it still is."""
    stack = state.views.get(member, [])
    if any(one is opened for one in stack):
        state.views[member] = [one for one in stack if one is not opened]
        state.changed()


def _unique(state: State, view: Json, but: str = "") -> None:
    """An ``external_id`` names one view of the whole workspace."""
    wanted = view.get("external_id")
    if wanted and by_external_id(state, wanted) not in (None, but):
        raise SlackRefused("duplicate_external_id")


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
