"""What the page asks of the workspace: what a member sees, and deeds. PAGE_API.md has every shape.

Deeds are POSTs of JSON, or of a form where files come along; what cannot be done answers with a status of 400 and
``{"error": sentence}``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.workspace.core.core import Core
from bot.workspace.members import actions, commands, files, modals
from bot.workspace.server.page_state import may_delete, seen_by

Json = dict[str, Any]
Deed = Callable[[Core, web.Request], Awaitable[Json]]


def add_routes(app: web.Application, core: Core) -> None:
    """Add every route of the page."""
    app.router.add_get("/client/state", partial(_state, core))
    app.router.add_get("/client/events", core.streams.serve)
    app.router.add_get("/client/samples/{name}", partial(_sample, core))
    app.router.add_get("/client/files/{id}", partial(_file, core))
    for name, deed in _DEEDS.items():
        app.router.add_post(f"/client/{name}", partial(_done, core, deed))


async def _done(core: Core, deed: Deed, request: web.Request) -> web.Response:
    try:
        return web.json_response(await deed(core, request))
    except (KeyError, ValueError) as error:
        why = str(error.args[0]) if error.args else "something is missing"
        return web.json_response({"error": f"That cannot be done: {why}."}, status=400)


async def _state(core: Core, request: web.Request) -> web.Response:
    asked = request.query.get("as", "")
    return web.json_response(seen_by(core, asked if asked in core.state.members else next(iter(core.state.members))))


async def _sample(core: Core, request: web.Request) -> web.Response:
    found = next((one for one in core.samples if one.name == request.match_info["name"]), None)
    return _attachment(found.name, found.data) if found else web.Response(status=404)


async def _file(core: Core, request: web.Request) -> web.Response:
    file = core.state.files.get(request.match_info["id"])
    if file is None or file.deleted:
        return web.Response(status=404, text="This file was deleted.")
    return _attachment(file.name, file.data)


def _attachment(name: str, data: bytes) -> web.Response:
    """Always a download: what people upload is never shown as a page of this origin."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return web.Response(
        body=data, content_type="application/octet-stream", headers={"Content-Disposition": disposition}
    )


async def _body(request: web.Request) -> Json:
    """The JSON object of a deed; a field that is asked of it and missing is a KeyError."""
    try:
        body = await request.json()
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ValueError("the body is no JSON object")
    return body


async def _say(core: Core, request: web.Request) -> Json:
    """``as``, ``channel``, ``text``: a member says something."""
    body = await _body(request)
    actions.say(core, str(body["as"]), str(body["channel"]), str(body["text"]))
    return {}


async def _command(core: Core, request: web.Request) -> Json:
    """``as``, ``channel``, ``text``: a member gives a command; ``{ok, error}``."""
    body = await _body(request)
    result = await commands.command(core, str(body["as"]), str(body["channel"]), str(body["text"]))
    return {"ok": result.ok, "error": result.error}


async def _share(core: Core, request: web.Request) -> Json:
    """A form of ``as``, ``channel`` and any number of ``file``: a member drops files."""
    form = await request.post()
    for file in form.getall("file", []):
        if isinstance(file, web.FileField):
            data = file.file.read()
            files.drop_file(core, str(form["as"]), str(form["channel"]), file.filename, data)
    return {}


async def _action(core: Core, request: web.Request) -> Json:
    """``as``, ``message`` (ts) or ``view`` (id), ``action`` as in Slack's payload, ``values`` typed so far."""
    body = await _body(request)
    member, where, action = str(body["as"]), _where(body), _object(body["action"], "action")
    found = core.state.view(where)
    if found is not None and found[0] == member:
        for block_id, typed in _values(body.get("values") or {}).items():
            found[1].typed.setdefault(block_id, {}).update(typed)
    value = {name: part for name, part in action.items() if name not in {"block_id", "action_id"}}
    ack = await actions.click(core, member, where, action["action_id"], value, block_id=action["block_id"])
    return {"ok": ack.ok, "error": ack.error}


def _object(thing: Any, name: str) -> Json:
    if not isinstance(thing, dict):
        raise ValueError(f"{name} is no object")
    return thing


def _values(thing: Any) -> dict[str, Json]:
    """Values by block and action id."""
    return {block_id: _object(actions, "values") for block_id, actions in _object(thing, "values").items()}


def _where(body: Json) -> str:
    """What an element stands in: a message or a view."""
    return str(body.get("message") or body["view"])


async def _submit(core: Core, request: web.Request) -> Json:
    """A form of ``as``, ``view``, ``values`` (JSON), and files under ``block_id/action_id``."""
    form = await request.post()
    uploads: modals.Files = {}
    for name, field in form.items():
        if isinstance(field, web.FileField):
            block_id, _, action_id = name.partition("/")
            chosen = uploads.setdefault(block_id, {}).setdefault(action_id, [])
            chosen.append((field.filename, field.file.read()))
    values = _values(json.loads(str(form["values"])))
    result = await modals.submit(core, str(form["as"]), str(form["view"]), values, uploads)
    return {"action": result.action, "errors": result.errors, "error": result.error}


async def _close(core: Core, request: web.Request) -> Json:
    """``as``, ``view``, ``all``: a member closes the view on top, or the whole stack."""
    body = await _body(request)
    await modals.close_view(core, str(body["as"]), str(body["view"]), all_=bool(body.get("all")))
    return {}


async def _home(core: Core, request: web.Request) -> Json:
    """``as``: a member opens the App Home."""
    actions.open_home(core, str((await _body(request))["as"]))
    return {}


async def _suggest(core: Core, request: web.Request) -> Json:
    """``as``, ``message`` or ``view``, ``block_id``, ``action_id``, ``text``: what a menu offers."""
    body = await _body(request)
    return await actions.suggestions(
        core,
        str(body["as"]),
        _where(body),
        str(body["action_id"]),
        str(body["text"]),
        block_id=str(body["block_id"]),
    )


async def _delete(core: Core, request: web.Request) -> Json:
    """``as``, ``file``: a member deletes a file of their own; an admin any."""
    body = await _body(request)
    if not may_delete(core, body["as"], body["file"]):
        raise ValueError("only who shared a file, and admins, delete it")
    files.delete_file(core, body["file"])
    return {}


async def _clock(core: Core, request: web.Request) -> Json:
    """``seconds``: the clock goes forward."""
    core.clock.advance(timedelta(seconds=float((await _body(request))["seconds"])))
    return {}


_DEEDS: dict[str, Deed] = {
    "message": _say,
    "command": _command,
    "files": _share,
    "action": _action,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "suggestions": _suggest,
    "delete": _delete,
    "clock": _clock,
}
