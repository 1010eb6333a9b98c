"""``files.*``: what the bot may know of files, and do to them."""

from __future__ import annotations

from typing import Any

from bot.workspace.core.core import Core
from bot.workspace.core.people import BOT_USER
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.state import StoredFile
from bot.workspace.members.files import file_object
from bot.workspace.web_api.call import method, needed

Json = dict[str, Any]


_CHECK = "check_file_info"


def _file(core: Core, given: Json) -> StoredFile:
    file = core.state.files.get(needed(given, "file"))
    if file is None:
        raise SlackRefused("file_not_found")
    if file.foreign not in {None, _CHECK}:
        raise SlackRefused(str(file.foreign))
    if file.deleted:
        raise SlackRefused("file_deleted")
    return file


@method("files.info", "files:read")
async def info(core: Core, given: Json) -> Json:
    """A file's object; one of a channel that the bot is not in is not found."""
    file = _file(core, given)
    if file.foreign == _CHECK:
        return {"file": {"id": file.id, "mode": "file_access", "file_access": _CHECK}}
    here = [core.state.channels[id_] for id_ in file.channels]
    if here and not any(BOT_USER in channel.members for channel in here):
        raise SlackRefused("file_not_found")
    return {"file": file_object(core, file)}


@method("files.delete", "files:write")
async def delete(core: Core, given: Json) -> Json:
    """Delete a file; a member's own only where the workspace lets bots do that."""
    file = _file(core, given)
    if file.owner != BOT_USER and not core.bots_delete_files:
        raise SlackRefused("cant_delete_file")
    file.deleted = True
    core.state.changed()
    return {}
