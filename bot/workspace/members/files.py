"""Files that members share, upload and delete, and Slack's object for them."""

from __future__ import annotations

from typing import Any

from bot.workspace.core.core import Core
from bot.workspace.core.people import BOT_USER
from bot.workspace.core.state import StoredFile
from bot.workspace.members import payloads
from bot.workspace.members.conversations import conversation

Json = dict[str, Any]


def store_file(core: Core, member: str, name: str, data: bytes, channels: list[str]) -> StoredFile:
    """Keep an uploaded file, shared in ``channels``."""
    created = int(core.clock.now().timestamp())
    file = StoredFile(core.state.new_id("F"), name, data, member, channels, created)
    core.state.files[file.id] = file
    return file


def drop_file(
    core: Core,
    member: str,
    channel: str,
    name: str,
    data: bytes,
    *,
    foreign: str | None = None,
    described: Json | None = None,
) -> str:
    """Share a file in a conversation, and return its id. The bot is told (``file_shared``) where it is a member.

    ``foreign`` makes it a file of another workspace (Slack Connect), ``described`` a link, a list or what else Slack
    counts among files: see :class:`StoredFile`.
    """
    conversation(core, member, channel)
    file = store_file(core, member, name, data, [channel])
    file.foreign = foreign
    file.described = described or {}
    core.state.post(channel, {"user": member, "text": "", "files": [{"id": file.id}]})
    _tell_shared(core, file, member, channel)
    return file.id


def share_file(core: Core, member: str, file_id: str, channel: str) -> None:
    """Share a file in a further conversation. Raises KeyError for an unknown id."""
    conversation(core, member, channel)
    file = core.state.files[file_id]
    file.channels.append(channel)
    core.state.post(channel, {"user": member, "text": "", "files": [{"id": file.id}]})
    _tell_shared(core, file, member, channel)


def delete_file(core: Core, file_id: str) -> None:
    """Delete a file as a member; the bot is not told. Raises KeyError for an unknown id."""
    core.state.files[file_id].deleted = True
    core.state.changed()


def _tell_shared(core: Core, file: StoredFile, member: str, channel: str) -> None:
    """Send ``file_shared``, which names the file by id only."""
    if BOT_USER not in core.state.channels[channel].members or "files:read" not in core.scopes:
        return
    inner = {
        "type": "file_shared",
        "file_id": file.id,
        "user_id": member,
        "file": {"id": file.id} | ({"file_access": "check_file_info"} if file.foreign else {}),
        "channel_id": channel,
        "event_ts": core.state.new_ts(),
    }
    payload = payloads.event(core, inner)
    core.events[payload["event_id"]] = payload
    core.delivery.event(payload)


def file_object(core: Core, file: StoredFile) -> Json:
    """Return Slack's file object, as ``files.info`` and submissions carry it."""
    address = f"{core.base_url}/files/{file.id}/download"
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
        "permalink": f"{core.base_url}/client/files/{file.id}",
        "channels": list(file.channels),
        **file.described,
    }
