"""Response addresses (``response_url``): five answers within half an hour."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.workspace.core.core import Core
from bot.workspace.core.faults import RESPONSE_URL
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.members import answers

Json = dict[str, Any]


async def serve(core: Core, request: web.Request) -> web.Response:
    """Take one answer. Status 404 means that the address is used up, 400 that the answer is not a message."""
    if (fault := core.faults.next(RESPONSE_URL)) is not None:
        await asyncio.sleep(fault.delay)
        if fault.status != 200:
            core.faults.answered(RESPONSE_URL, fault)
            return web.json_response({"ok": False}, status=fault.status, headers=fault.headers)
    try:
        response = core.permissions.use_response(request.match_info["id"])
    except SlackRefused as refused:
        return web.json_response(refused.answer(), status=404)
    try:
        answers.apply(core, response, await _body(request))
    except SlackRefused as refused:
        core.refused.append(refused)
        return web.json_response(refused.answer(), status=400)
    return web.json_response({"ok": True})


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise SlackRefused("invalid_payload") from None
    if not isinstance(body, dict):
        raise SlackRefused("invalid_payload")
    return body
