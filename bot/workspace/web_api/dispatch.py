"""The Web API over HTTP: faults, token, scope, arguments, answer."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.workspace.core.core import Call, Core
from bot.workspace.core.faults import Fault
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.web_api import chat, files, people, views
from bot.workspace.web_api.call import METHODS, arguments

Json = dict[str, Any]

FAMILIES = (chat, files, people, views)
_APP_TOKEN_METHODS = frozenset({"apps.connections.open"})


async def serve(core: Core, request: web.Request) -> web.Response:
    """Answer one call as Slack does: status 200 and ``ok``, except for faults."""
    name = request.match_info["method"]
    fault = core.faults.next(name, request.host.partition(":")[0])
    if fault is not None and not fault.after and (failed := await _failed(core, name, fault)):
        return failed
    given: Json = {}
    try:
        given = await arguments(request)
        answer: Json = {"ok": True, **await _called(core, name, _token(request), given)}
    except SlackRefused as refused:
        answer = refused.answer()
    core.calls.append(Call(name, given, 200, answer.get("error")))
    if fault is not None and fault.after and (failed := await _failed_after(core, name, fault)):
        return failed
    return web.json_response(answer)


async def _failed_after(core: Core, name: str, fault: Fault) -> web.Response | None:
    held = core.faults.held_back
    held[name] = held.get(name, 0) + 1
    try:
        return await _failed(core, name, fault)
    finally:
        held[name] -= 1


async def _failed(core: Core, name: str, fault: Fault) -> web.Response | None:
    """Return the answer to a call with a fault; None if the fault is only a delay."""
    await asyncio.sleep(fault.delay)
    if fault.error:
        core.calls.append(Call(name, {}, 200, fault.error))
        return web.json_response({"ok": False, "error": fault.error})
    if fault.status == 200:
        return None
    if not fault.after:
        core.calls.append(Call(name, {}, fault.status, "fault"))
    core.faults.answered(name, fault)
    error = "ratelimited" if fault.status == 429 else "internal_error"
    return web.json_response({"ok": False, "error": error}, status=fault.status, headers=fault.headers)


async def _called(core: Core, name: str, token: str, given: Json) -> Json:
    if name not in METHODS:
        raise SlackRefused("unknown_method")
    function, scope = METHODS[name]
    _authorised(core, name, token)
    if scope is not None and scope not in core.scopes:
        raise SlackRefused("missing_scope", needed=scope, provided=sorted(core.scopes))
    return await function(core, given)


def _authorised(core: Core, name: str, token: str) -> None:
    if not token:
        raise SlackRefused("not_authed")
    right = core.app_token if name in _APP_TOKEN_METHODS else core.bot_token
    if token != right:
        raise SlackRefused("not_allowed_token_type" if token in {core.app_token, core.bot_token} else "invalid_auth")


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""
