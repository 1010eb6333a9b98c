"""Serving the Web API over HTTP: token, scope, faults, arguments, answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.workspace.core.faults import Fault
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.web_api import chat, files, people, views
from bot.workspace.web_api.call import METHODS, arguments

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]

FAMILIES = (chat, files, people, views)
_APP_TOKEN_METHODS = frozenset({"apps.connections.open"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the bot made: its arguments without the token, and how it ended."""

    method: str
    arguments: Json
    status: int
    error: str | None


async def serve(workspace: Workspace, request: web.Request) -> web.Response:
    """Answer one call of the Web API as Slack does: status 200 and ``ok``, but for faults."""
    name = request.match_info["method"]
    fault = workspace.faults.next(name, request.host.partition(":")[0])
    if fault is not None and not fault.after and (failed := await _failed(workspace, name, fault)):
        return failed
    given: Json = {}
    try:
        given = await arguments(request)
        answer: Json = {"ok": True, **await _called(workspace, name, _token(request), given)}
    except SlackRefused as refused:
        answer = refused.answer()
    workspace.calls.append(Call(name, given, 200, answer.get("error")))
    if fault is not None and fault.after and (failed := await _failed_after(workspace, name, fault)):
        return failed
    return web.json_response(answer)


async def _failed_after(workspace: Workspace, name: str, fault: Fault) -> web.Response | None:
    held = workspace.faults.held_back
    held[name] = held.get(name, 0) + 1
    try:
        return await _failed(workspace, name, fault)
    finally:
        held[name] -= 1


async def _failed(workspace: Workspace, name: str, fault: Fault) -> web.Response | None:
    """The answer of a call with a fault; None where it only comes late."""
    await asyncio.sleep(fault.delay)
    if fault.status == 200:
        return None
    if not fault.after:
        workspace.calls.append(Call(name, {}, fault.status, "fault"))
    workspace.faults.answered(name, fault)
    error = "ratelimited" if fault.status == 429 else "internal_error"
    return web.json_response({"ok": False, "error": error}, status=fault.status, headers=fault.headers)


async def _called(workspace: Workspace, name: str, token: str, given: Json) -> Json:
    if name not in METHODS:
        raise SlackRefused("unknown_method")
    function, scope = METHODS[name]
    _authorised(workspace, name, token)
    if scope is not None and scope not in workspace.scopes:
        raise SlackRefused("missing_scope", needed=scope, provided=sorted(workspace.scopes))
    return await function(workspace, given)


def _authorised(workspace: Workspace, name: str, token: str) -> None:
    if not token:
        raise SlackRefused("not_authed")
    right = workspace.app_token if name in _APP_TOKEN_METHODS else workspace.bot_token
    if token != right:
        raise SlackRefused(
            "not_allowed_token_type" if token in {workspace.app_token, workspace.bot_token} else "invalid_auth"
        )


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""
