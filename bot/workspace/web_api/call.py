"""A call of the Web API: its arguments, and the methods' register."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.workspace.core.core import Core
from bot.workspace.core.refusals import SlackRefused

Json = dict[str, Any]
Method = Callable[[Core, Json], Awaitable[Json]]

METHODS: dict[str, tuple[Method, str | None]] = {}


def method(name: str, scope: str | None = None) -> Callable[[Method], Method]:
    """Register a method and the scope that it needs."""

    def register(function: Method) -> Method:
        METHODS[name] = (function, scope)
        return function

    return register


async def arguments(request: web.Request) -> Json:
    """Arguments from query, form or JSON; structured ones come as JSON text in forms."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        given |= await _json(request)
    elif request.method == "POST":
        given |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    given.pop("token", None)
    return {name: _structured(name, value) for name, value in given.items()}


async def _json(request: web.Request) -> Json:
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError:
        raise SlackRefused("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackRefused("json_not_object")
    return body


def _structured(name: str, value: Any) -> Any:
    if name in {"blocks", "view", "attachments", "metadata"} and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            if name == "blocks":
                raise SlackRefused("invalid_blocks_format") from None
            raise SlackRefused("invalid_arguments", [f"{name} is not JSON"]) from None
    return value


def needed(given: Json, name: str) -> Any:
    """An argument that must be there."""
    if given.get(name) in (None, ""):
        raise SlackRefused("invalid_arguments", [f"missing required field: {name}"])
    return given[name]
