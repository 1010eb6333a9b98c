"""What a member sees, as facts for the page; the shapes stand in PAGE_API.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.workspace.core.people import BOT_USER

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]

_OF_A_MESSAGE = ("ts", "text", "blocks", "mentions", "ephemeral", "edited", "thread_ts")
_OF_A_VIEW = ("id", "hash", "type", "title", "submit", "close", "blocks")


def seen_by(workspace: Workspace, me: str) -> Json:
    """Everything that the member sees."""
    home = workspace.home(me)
    own = [one for one in workspace.channels.values() if me in one.members]
    return {
        "me": me,
        "now": workspace.clock.now().timestamp(),
        "app": {"name": workspace.bot_name},
        "im": workspace.state.im_of(me).id,
        "members": [_person(workspace, id_) for id_ in workspace.members],
        "channels": [{"id": one.id, "name": one.name, "topic": one.topic} for one in own if one.im_with is None],
        "samples": [_sample(one.name, one.about, len(one.data)) for one in workspace.samples],
        "commands": [{"text": one.text, "usage": one.usage, "about": one.about} for one in workspace.commands],
        "messages": {one.id: _messages(workspace, me, one.id) for one in own},
        "views": [_view(one) for one in workspace.views(me)],
        "home": _view(home) if home else None,
    }


def may_delete(workspace: Workspace, me: str, file_id: str) -> bool:
    """Whether a member may delete a file: who uploaded it, and admins."""
    return workspace.state.files[file_id].owner == me or workspace.members[me].is_admin


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


def _sample(name: str, about: str, size: int) -> Json:
    return {"name": name, "about": about, "size": size, "address": f"client/samples/{quote(name, safe='')}"}


def _messages(workspace: Workspace, me: str, channel: str) -> list[Json]:
    everyone = [_message(workspace, me, one) for one in workspace.messages(channel)]
    own = [_message(workspace, me, one) for one in workspace.ephemerals(me, channel)]
    return sorted(everyone + own, key=lambda one: float(one["ts"]))


def _message(workspace: Workspace, me: str, message: Json) -> Json:
    shown: Json = {name: message[name] for name in _OF_A_MESSAGE if name in message}
    if message.get("user") == BOT_USER:
        shown |= {"isApp": True, "author": workspace.bot_name}
    else:
        shown["user"] = message.get("user")
    if "files" in message:
        shown["files"] = [_file(workspace, me, one["id"]) for one in message["files"]]
    if chosen := workspace.state.chosen.get((me, message["ts"])):
        shown["state"] = {"values": chosen}
    return shown


def _file(workspace: Workspace, me: str, file_id: str) -> Json:
    file = workspace.state.files[file_id]
    fact: Json = {"id": file.id, "deleted": file.deleted}
    if not file.deleted:
        fact |= {"name": file.name, "size": len(file.data), "address": f"client/files/{file.id}"}
        fact["deletable"] = may_delete(workspace, me, file.id)
    return fact


def _view(view: Json) -> Json:
    return {name: view[name] for name in _OF_A_VIEW if view.get(name) is not None}
