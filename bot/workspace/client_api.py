"""What the page asks of the workspace: one state for each member, a line that says when it changed, and deeds.

``GET /client/state?as=MEMBER`` gives everything that the member sees; ``GET /client/events?as=MEMBER`` is a stream of
server-sent events, each of which only says that something changed. Deeds are POSTs of JSON, or of a form where files
come along; what fails answers with a status of 400 and ``{"error": sentence}``. See each handler for its fields.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from bot.workspace import acting
from bot.workspace.people import BOT_USER

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]
Deed = Callable[["Workspace", web.Request], Awaitable[Json]]

_HEARTBEAT_SECONDS = 15.0
_streams: dict[int, set[asyncio.Task[Any]]] = {}


def add_routes(app: web.Application, workspace: Workspace) -> None:
    """Add every route of the page."""
    app.router.add_get("/client/state", partial(_state, workspace))
    app.router.add_get("/client/events", partial(_events, workspace))
    app.router.add_get("/client/samples/{name}", partial(_sample, workspace))
    app.router.add_get("/client/files/{id}", partial(_file, workspace))
    for name, deed in _DEEDS.items():
        app.router.add_post(f"/client/{name}", _handler(workspace, deed))


def _handler(workspace: Workspace, deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await deed(workspace, request))
        except (KeyError, ValueError) as error:
            return web.json_response({"error": f"That cannot be done: {error}."}, status=400)

    return handle


async def _state(workspace: Workspace, request: web.Request) -> web.Response:
    asked = request.query.get("as", "")
    me = asked if asked in workspace.members else next(iter(workspace.members))
    home = workspace.home(me)
    return web.json_response(
        {
            "me": me,
            "now": workspace.clock.now().timestamp(),
            "app": {"name": workspace.bot_name},
            "im": workspace.state.im_of(me).id,
            "members": [_person(workspace, id_) for id_ in workspace.members],
            "channels": [
                {"id": one.id, "name": one.name, "topic": one.topic}
                for one in workspace.channels.values()
                if one.im_with is None and me in one.members
            ],
            "samples": [_sample_fact(one.name, one.about, len(one.data)) for one in workspace.samples],
            "commands": [{"text": one.text, "usage": one.usage, "about": one.about} for one in workspace.commands],
            "messages": {
                one.id: _messages(workspace, me, one.id) for one in workspace.channels.values() if me in one.members
            },
            "views": [_view(one) for one in workspace.views(me)],
            "home": _view(home) if home else None,
        }
    )


def _person(workspace: Workspace, id_: str) -> Json:
    one = workspace.members[id_]
    return {
        "id": id_,
        "name": one.name,
        "real_name": one.real_name,
        "is_admin": one.is_admin,
        "is_guest": one.is_guest,
        "tz": one.tz,
    }


def _sample_fact(name: str, about: str, size: int) -> Json:
    return {"name": name, "about": about, "size": size, "address": f"client/samples/{quote(name, safe='')}"}


def _messages(workspace: Workspace, me: str, channel: str) -> list[Json]:
    everyone = [_message(workspace, me, one) for one in workspace.messages(channel)]
    own = [_message(workspace, me, one) for one in workspace.ephemerals(me, channel)]
    return sorted(everyone + own, key=lambda one: float(one["ts"]))


def _message(workspace: Workspace, me: str, message: Json) -> Json:
    shown: Json = {
        name: message[name] for name in ("ts", "text", "blocks", "mentions", "ephemeral", "edited") if name in message
    }
    if message.get("user") == BOT_USER:
        shown |= {"isApp": True, "author": workspace.bot_name}
    else:
        shown["user"] = message.get("user")
    if "files" in message:
        shown["files"] = [_file_fact(workspace, me, one["id"]) for one in message["files"]]
    return shown


def _file_fact(workspace: Workspace, me: str, file_id: str) -> Json:
    file = workspace.state.files[file_id]
    fact = {"id": file.id, "deleted": file.deleted}
    if not file.deleted:
        fact |= {"name": file.name, "size": len(file.data), "address": f"client/files/{file.id}"}
        fact["deletable"] = file.owner == me
    return fact


def _view(view: Json) -> Json:
    names = ("id", "hash", "type", "title", "submit", "close", "blocks")
    return {name: view[name] for name in names if view.get(name) is not None}


async def _events(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    """Say ``{}`` at every change; a comment now and then keeps the line open."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    changed = workspace.state.watch()
    task = asyncio.current_task()
    streams = _streams.setdefault(id(workspace), set())
    if task is not None:
        streams.add(task)
    with suppress(ConnectionError, asyncio.CancelledError):
        try:
            while True:
                await response.write(await _next_line(changed))
        finally:
            workspace.state.unwatch(changed)
            streams.discard(task)
    return response


async def _next_line(changed: asyncio.Event) -> bytes:
    try:
        async with asyncio.timeout(_HEARTBEAT_SECONDS):
            await changed.wait()
    except TimeoutError:
        return b": still here\n\n"
    changed.clear()
    return b"data: {}\n\n"


def end_streams(workspace: Workspace) -> None:
    """End every stream, so that stopping does not wait for pages that stay open."""
    for task in _streams.pop(id(workspace), set()):
        task.cancel()


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


async def _say(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``channel``, ``text``: a member says something."""
    body = await request.json()
    text = str(body["text"]).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    workspace.state.post(body["channel"], {"user": body["as"], "text": text})
    return {}


async def _command(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``channel``, ``text``: a member gives a command; ``{ok, error}``."""
    body = await request.json()
    result = await acting.command(workspace, body["as"], body["channel"], str(body["text"]))
    return {"ok": result.ok, "error": result.error}


async def _share(workspace: Workspace, request: web.Request) -> Json:
    """A form of ``as``, ``channel`` and any number of ``file``: a member drops files."""
    form = await request.post()
    for file in form.getall("file"):
        if isinstance(file, web.FileField):
            data = file.file.read()
            await acting.drop_file(workspace, str(form["as"]), str(form["channel"]), file.filename, data)
    return {}


async def _action(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``message`` (ts) or ``view`` (id), ``action`` as in Slack's payload, ``values`` typed so far."""
    body = await request.json()
    where, action = body.get("message") or body["view"], body["action"]
    found = workspace.state.view(where)
    if found is not None:
        for block_id, actions in body.get("values", {}).items():
            found[1].typed.setdefault(block_id, {}).update(actions)
    value = {name: part for name, part in action.items() if name not in {"block_id", "action_id"}}
    ack = await acting.click(workspace, body["as"], where, action["action_id"], value, block_id=action["block_id"])
    return {"ok": ack.ok, "error": ack.error}


async def _submit(workspace: Workspace, request: web.Request) -> Json:
    """A form of ``as``, ``view``, ``values`` (JSON), and files under ``block_id/action_id``; ``{errors, error}``."""
    form = await request.post()
    files: dict[str, dict[str, list[tuple[str, bytes]]]] = {}
    for name, field in form.items():
        if isinstance(field, web.FileField):
            block_id, _, action_id = name.partition("/")
            chosen = files.setdefault(block_id, {}).setdefault(action_id, [])
            chosen.append((field.filename, field.file.read()))
    values = json.loads(str(form["values"]))
    result = await acting.submit(workspace, str(form["as"]), str(form["view"]), values, files)
    return {"action": result.action, "errors": result.errors, "error": result.error}


async def _close(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``view``: a member closes the view on top."""
    body = await request.json()
    await acting.close_view(workspace, body["as"], body["view"])
    return {}


async def _home(workspace: Workspace, request: web.Request) -> Json:
    """``as``: a member opens the App Home."""
    await acting.open_home(workspace, (await request.json())["as"])
    return {}


async def _suggest(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``message`` or ``view``, ``block_id``, ``action_id``, ``text``: what a menu offers; ``{options}``."""
    body = await request.json()
    where = body.get("message") or body["view"]
    found = await acting.suggestions(
        workspace, body["as"], where, body["action_id"], str(body["text"]), block_id=body["block_id"]
    )
    return {"options": found}


async def _delete(workspace: Workspace, request: web.Request) -> Json:
    """``as``, ``file``: a member deletes a file of their own."""
    body = await request.json()
    if workspace.state.files[body["file"]].owner != body["as"]:
        raise ValueError("only who shared a file deletes it")
    workspace.delete_file(body["file"])
    return {}


async def _clock(workspace: Workspace, request: web.Request) -> Json:
    """``seconds``: the clock goes forward."""
    workspace.advance(timedelta(seconds=float((await request.json())["seconds"])))
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
