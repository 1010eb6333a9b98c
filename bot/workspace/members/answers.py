"""Answers through ``response_url``: five of them, within half an hour, and the only way to an ephemeral message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.workspace.core.faults import RESPONSE_URL
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.triggers import Response
from bot.workspace.web_api.chat import bot_message

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]


async def serve(workspace: Workspace, request: web.Request) -> web.Response:
    """Take one answer; status 404 where the address is used up, 400 where the answer is no message."""
    if (fault := workspace.faults.next(RESPONSE_URL)) is not None:
        await asyncio.sleep(fault.delay)
        if fault.status != 200:
            workspace.faults.answered(RESPONSE_URL, fault)
            return web.json_response({"ok": False}, status=fault.status, headers=fault.headers)
    try:
        response = workspace.permissions.use_response(request.match_info["id"])
    except SlackRefused as refused:
        return web.json_response(refused.answer(), status=404)
    try:
        apply(workspace, response, await _body(request))
    except SlackRefused as refused:
        workspace.refused.append(refused)
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


def apply(workspace: Workspace, response: Response, body: Json) -> None:
    """Do what an answer says: delete or replace the original, or say something new.

    What is new is for the member alone, unless it says ``in_channel``. Raises SlackRefused for what is no message.
    """
    if body.get("delete_original"):
        _delete(workspace, response)
        return
    message = bot_message(body.get("text"), body.get("blocks"))
    original = _original(workspace, response)
    if body.get("replace_original") and original is not None:
        original |= message
        workspace.state.changed()
    elif body.get("response_type") == "in_channel":
        workspace.state.post(response.channel, message)
    else:
        workspace.state.whisper(response.channel, response.member, message)


def _place(workspace: Workspace, response: Response) -> list[Json]:
    if response.ephemeral:
        return workspace.state.ephemerals.get((response.member, response.channel), [])
    return workspace.state.messages.get(response.channel, [])


def _original(workspace: Workspace, response: Response) -> Json | None:
    return next((one for one in _place(workspace, response) if one["ts"] == response.message_ts), None)


def _delete(workspace: Workspace, response: Response) -> None:
    original = _original(workspace, response)
    if original is not None:
        _place(workspace, response).remove(original)
        workspace.state.changed()
