"""Answers through ``response_url``: five of them, within half an hour, and the only way to an ephemeral message."""

from __future__ import annotations

from typing import Any

from bot.workspace.block_kit.messages import bot_message
from bot.workspace.core.core import Core
from bot.workspace.core.triggers import Response

Json = dict[str, Any]


def apply(core: Core, response: Response, body: Json) -> None:
    """Do what an answer says: delete or replace the original, or say something new.

    What is new is for the member alone, unless it says ``in_channel``. Raises SlackRefused for what is no message.
    """
    if body.get("delete_original"):
        _delete(core, response)
        return
    message = bot_message(body.get("text"), body.get("blocks"))
    original = _original(core, response)
    if body.get("replace_original") and original is not None:
        original |= message
        core.state.changed()
    elif body.get("response_type") == "in_channel":
        core.state.post(response.channel, message)
    else:
        core.state.whisper(response.channel, response.member, message)


def _place(core: Core, response: Response) -> list[Json]:
    if response.ephemeral:
        return core.state.ephemerals.get((response.member, response.channel), [])
    return core.state.messages.get(response.channel, [])


def _original(core: Core, response: Response) -> Json | None:
    return next((one for one in _place(core, response) if one["ts"] == response.message_ts), None)


def _delete(core: Core, response: Response) -> None:
    original = _original(core, response)
    if original is not None:
        _place(core, response).remove(original)
        core.state.changed()
