"""What the page asks of the workspace: what a member sees, and deeds. PAGE_API.md has every shape.

Deeds are POSTs of JSON, or of a form where files come along; what cannot be done answers with a status of 400 and
``{"error": sentence}``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from bot.workspace.members import acting, submitting
from bot.workspace.server.page_state import may_delete, seen_by

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]
Deed = Callable[["Workspace", web.Request], Awaitable[Json]]


def add_routes(app: web.Application, workspace: Workspace) -> None:
    """Add every route of the page."""
    app.router.add_get("/client/state", partial(_state, workspace))
    app.router.add_get("/client/events", workspace.streams.serve)
    app.router.add_get("/client/samples/{name}", partial(_sample, workspace))
    app.router.add_get("/client/files/{id}", partial(_file, workspace))
    for name, deed in _DEEDS.items():
        app.router.add_post(f"/client/{name}", partial(_done, workspace, deed))


async def _done(workspace: Workspace, deed: Deed, request: web.Request) -> web.Response:
    try:
        return web.json_response(await deed(workspace, request))
    except (KeyError, ValueError) as error:
        why = str(error.args[0]) if error.args else "something is missing"
        return web.json_response({"error": f"That cannot be done: {why}."}, status=400)


async def _state(workspace: Workspace, request: web.Request) -> web.Response:
    asked = request.query.get("as", "")
    return web.json_response(seen_by(workspace, asked if asked in workspace.members else next(iter(workspace.members))))


async def _sample(workspace: Workspace, request: web.Request) -> web.Response:
    found = next((one for one in workspace.samples if one.name == request.match_info["name"]), None)
    return _attachment(found.name, found.data) if found else web.Response(status=404)


async def _file(workspace: Workspace, request: web.Request) -> web.Response:
    file = workspace.state.files.get(request.match_info["id"])
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


async def _say(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``channel``, ``text``: a member says something."""
    body = await _body(request)
    acting.say(workspace, str(body["as"]), str(body["channel"]), str(body["text"]))
    return {}


async def _command(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``channel``, ``text``: a member gives a command; ``{ok, error}``."""
    body = await _body(request)
    result = await acting.command(workspace, str(body["as"]), str(body["channel"]), str(body["text"]))
    return {"ok": result.ok, "error": result.error}


async def _share(workspace: Workspace, request: web.Request) -> Json:
    """A form of ``as``, ``channel`` and any number of ``file``: a member drops files."""
    form = await request.post()
    for file in form.getall("file", []):
        if isinstance(file, web.FileField):
            data = file.file.read()
            await acting.drop_file(workspace, str(form["as"]), str(form["channel"]), file.filename, data)
    return {}


async def _action(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``message`` (ts) or ``view`` (id), ``action`` as in Slack's payload, ``values`` typed so far."""
    body = await _body(request)
    member, where, action = str(body["as"]), _where(body), _object(body["action"], "action")
    found = workspace.state.view(where)
    if found is not None and found[0] == member:
        for block_id, actions in _values(body.get("values") or {}).items():
            found[1].typed.setdefault(block_id, {}).update(actions)
    value = {name: part for name, part in action.items() if name not in {"block_id", "action_id"}}
    ack = await acting.click(workspace, member, where, action["action_id"], value, block_id=action["block_id"])
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


async def _submit(workspace: Workspace, request: web.Request) -> Json:
    """A form of ``as``, ``view``, ``values`` (JSON), and files under ``block_id/action_id``."""
    form = await request.post()
    files: submitting.Files = {}
    for name, field in form.items():
        if isinstance(field, web.FileField):
            block_id, _, action_id = name.partition("/")
            chosen = files.setdefault(block_id, {}).setdefault(action_id, [])
            chosen.append((field.filename, field.file.read()))
    values = _values(json.loads(str(form["values"])))
    result = await submitting.submit(workspace, str(form["as"]), str(form["view"]), values, files)
    return {"action": result.action, "errors": result.errors, "error": result.error}


async def _close(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``view``, ``all``: a member closes the view on top, or the whole stack."""
    body = await _body(request)
    await submitting.close_view(workspace, str(body["as"]), str(body["view"]), all_=bool(body.get("all")))
    return {}


async def _home(workspace: Workspace, request: web.Request) -> Json:
    """``as``: a member opens the App Home."""
    await acting.open_home(workspace, str((await _body(request))["as"]))
    return {}


async def _suggest(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``message`` or ``view``, ``block_id``, ``action_id``, ``text``: what a menu offers."""
    body = await _body(request)
    return await acting.suggestions(
        workspace,
        str(body["as"]),
        _where(body),
        str(body["action_id"]),
        str(body["text"]),
        block_id=str(body["block_id"]),
    )


async def _delete(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``file``: a member deletes a file of their own; an admin any."""
    body = await _body(request)
    if not may_delete(workspace, body["as"], body["file"]):
        raise ValueError("only who shared a file, and admins, delete it")
    workspace.delete_file(body["file"])
    return {}


async def _clock(workspace: Workspace, request: web.Request) -> Json:
    """``seconds``: the clock goes forward."""
    workspace.advance(timedelta(seconds=float((await _body(request))["seconds"])))
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
