"""A member's state as JSON for the page. PAGE_API.md describes the shapes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from bot.workspace.core.core import Core
from bot.workspace.core.people import BOT_USER, UserGroup
from bot.workspace.members.membership import hints

Json = dict[str, Any]

_OF_A_MESSAGE = ("ts", "text", "blocks", "mentions", "ephemeral", "edited", "thread_ts")
_OF_A_VIEW = ("id", "hash", "type", "title", "submit", "close", "blocks")


def seen_by(core: Core, me: str) -> Json:
    """Return everything that the member sees."""
    home = core.state.homes.get(me)
    own = [one for one in core.state.channels.values() if me in one.members]
    return {
        "me": me,
        "now": core.clock.now().timestamp(),
        "app": {"name": core.bot_name},
        "im": core.state.im_of(me).id,
        "members": [_person(core, id_) for id_ in core.state.members],
        "groups": [_group(one) for one in core.state.groups.values()],
        "channels": [{"id": one.id, "name": one.name, "topic": one.topic} for one in own if one.im_with is None],
        "samples": [_sample(one.name, one.about, len(one.data)) for one in core.samples],
        "commands": [asdict(hint) for hint in [*core.commands, *hints(core)]],
        "links": [{"name": name, "address": address} for name, address in core.links],
        "messages": {one.id: _messages(core, me, one.id) for one in own},
        "views": [_view(one.view) for one in core.state.views.get(me, [])],
        "home": _view(home.view) if home else None,
    }


def may_delete(core: Core, me: str, file_id: str) -> bool:
    """Return whether a member may delete a file: admins, and the member who uploaded it."""
    return core.state.files[file_id].owner == me or core.state.members[me].is_admin


def _person(core: Core, id_: str) -> Json:
    one = core.state.members[id_]
    return {
        "id": id_,
        "name": one.name,
        "real_name": one.real_name,
        "is_admin": one.is_admin,
        "is_guest": one.is_guest,
        "is_external": one.is_external,
        "tz": one.tz,
    }


def _group(group: UserGroup) -> Json:
    return {"id": group.id, "handle": group.handle, "members": sorted(group.members)}


def _sample(name: str, about: str, size: int) -> Json:
    return {"name": name, "about": about, "size": size, "address": f"client/samples/{quote(name, safe='')}"}


def _messages(core: Core, me: str, channel: str) -> list[Json]:
    everyone = [_message(core, me, one) for one in core.state.messages.get(channel, [])]
    own = [_message(core, me, one) for one in core.state.ephemerals.get((me, channel), [])]
    return sorted(everyone + own, key=lambda one: float(one["ts"]))


def _message(core: Core, me: str, message: Json) -> Json:
    shown: Json = {name: message[name] for name in _OF_A_MESSAGE if name in message}
    if message.get("user") == BOT_USER:
        shown |= {"isApp": True, "author": core.bot_name}
    else:
        shown["user"] = message.get("user")
    if "files" in message:
        shown["files"] = [_file(core, me, one["id"]) for one in message["files"]]
    if chosen := core.state.chosen.get((me, message["ts"])):
        shown["state"] = {"values": chosen}
    return shown


def _file(core: Core, me: str, file_id: str) -> Json:
    file = core.state.files[file_id]
    fact: Json = {"id": file.id, "deleted": file.deleted}
    if not file.deleted:
        fact |= {"name": file.name, "size": len(file.data), "address": f"client/files/{file.id}"}
        fact["deletable"] = may_delete(core, me, file.id)
    return fact


def _view(view: Json) -> Json:
    return {name: view[name] for name in _OF_A_VIEW if view.get(name) is not None}
