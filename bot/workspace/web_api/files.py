"""``files.*``: what the bot may know of files, and do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.core.people import BOT_USER
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.state import StoredFile
from bot.workspace.web_api.call import method, needed

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]


_CHECK = "check_file_info"


def file_object(workspace: Workspace, file: StoredFile) -> Json:
    """Slack's file object."""
    address = f"{workspace.base_url}/files/{file.id}/download"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.name,
        "mimetype": "application/octet-stream",
        "filetype": "binary",
        "mode": "hosted",
        "user": file.owner,
        "size": len(file.data),
        "is_external": False,
        "url_private": address,
        "url_private_download": address,
        "permalink": f"{workspace.base_url}/client/files/{file.id}",
        "channels": list(file.channels),
    }


def _file(workspace: Workspace, given: Json) -> StoredFile:
    file = workspace.state.files.get(needed(given, "file"))
    if file is None:
        raise SlackRefused("file_not_found")
    if file.foreign not in {None, _CHECK}:
        raise SlackRefused(str(file.foreign))
    if file.deleted:
        raise SlackRefused("file_deleted")
    return file


@method("files.info", "files:read")
async def info(workspace: Workspace, given: Json) -> Json:
    """A file's object; one of a channel that the bot is not in is not found."""
    file = _file(workspace, given)
    if file.foreign == _CHECK:
        return {"file": {"id": file.id, "mode": "file_access", "file_access": _CHECK}}
    here = [workspace.state.channels[id_] for id_ in file.channels]
    if here and not any(BOT_USER in channel.members for channel in here):
        raise SlackRefused("file_not_found")
    return {"file": file_object(workspace, file)}


@method("files.delete", "files:write")
async def delete(workspace: Workspace, given: Json) -> Json:
    """Delete a file; a member's own only where the workspace lets bots do that."""
    file = _file(workspace, given)
    if file.owner != BOT_USER and not workspace.bots_delete_files:
        raise SlackRefused("cant_delete_file")
    file.deleted = True
    workspace.state.changed()
    return {}
