"""``chat.*``: messages of the bot."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from bot.workspace.block_kit import inputs
from bot.workspace.block_kit.limits import check_message
from bot.workspace.block_kit.mentions import mentions
from bot.workspace.core.people import APP, BOT, BOT_USER, Channel
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.web_api.call import method, needed

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]

_LARGEST_METADATA = 16_000


def bot_message(text: Any, blocks: Any) -> Json:
    """A message of the bot's, checked and complete but for its ``ts``."""
    text = "" if text is None else str(text)
    check_message(text, blocks)
    return {
        "user": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "text": text,
        "blocks": inputs.fill_ids(copy.deepcopy(blocks or [])),
        "mentions": mentions(text, blocks),
    }


def _channel(workspace: Workspace, given: Json, *, or_member: bool = False) -> Channel:
    """The conversation; to post, a member's id stands for the direct messages with them."""
    wanted = needed(given, "channel")
    if or_member and wanted in workspace.state.members:
        return workspace.state.im_of(wanted)
    channel = workspace.state.channels.get(wanted)
    if channel is None:
        raise SlackRefused("channel_not_found")
    if BOT_USER not in channel.members:
        raise SlackRefused("not_in_channel")
    return channel


def _metadata(given: Json) -> Json:
    """What the bot says to itself, checked; a change without it leaves what was there (docs.slack.dev, chat.update)."""
    metadata = given.get("metadata")
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise SlackRefused("invalid_metadata_format")
    named = isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
    if metadata and not (named and set(metadata) <= {"event_type", "event_payload"}):
        raise SlackRefused("invalid_metadata_schema")
    if len(json.dumps(metadata)) > _LARGEST_METADATA:
        raise SlackRefused("metadata_too_large")
    return {"metadata": metadata}


@method("chat.postMessage", "chat:write")
async def post_message(workspace: Workspace, given: Json) -> Json:
    """Post to a channel that the bot is in."""
    channel = _channel(workspace, given, or_member=True)
    message = bot_message(given.get("text"), given.get("blocks"))
    if given.get("thread_ts"):
        message["thread_ts"] = given["thread_ts"]
    message |= _metadata(given)
    posted = workspace.state.post(channel.id, message)
    return {"channel": channel.id, "ts": posted["ts"], "message": posted}


@method("chat.postEphemeral", "chat:write")
async def post_ephemeral(workspace: Workspace, given: Json) -> Json:
    """Show a message to one member of the channel."""
    channel, member = _channel(workspace, given), needed(given, "user")
    if member not in channel.members:
        raise SlackRefused("user_not_in_channel")
    message = bot_message(given.get("text"), given.get("blocks"))
    return {"message_ts": workspace.state.whisper(channel.id, member, message)["ts"]}


@method("chat.update", "chat:write")
async def update(workspace: Workspace, given: Json) -> Json:
    """Change a message of the bot's own; an ephemeral one is not found.

    Blocks stay only where neither blocks nor a text are given; a text without blocks replaces them, and shows as
    edited (docs.slack.dev, chat.update).
    """
    channel, ts = _channel(workspace, given), needed(given, "ts")
    message = workspace.state.find(channel.id, ts)
    if message is None:
        raise SlackRefused("message_not_found")
    if message.get("bot_id") != BOT:
        raise SlackRefused("cant_update_message")
    keeps = given.get("text") is None and given.get("blocks") is None
    message |= bot_message(given.get("text"), message["blocks"] if keeps else given.get("blocks"))
    message |= _metadata(given)
    if not message["blocks"]:
        message["edited"] = {"user": BOT_USER, "ts": workspace.state.new_ts()}
    workspace.state.changed()
    return {"channel": channel.id, "ts": ts, "message": message}


@method("chat.delete", "chat:write")
async def delete(workspace: Workspace, given: Json) -> Json:
    """Delete a message of the bot's own."""
    channel, ts = _channel(workspace, given), needed(given, "ts")
    message = workspace.state.find(channel.id, ts)
    if message is None:
        raise SlackRefused("message_not_found")
    if message.get("bot_id") != BOT:
        raise SlackRefused("cant_delete_message")
    workspace.state.messages[channel.id].remove(message)
    workspace.state.changed()
    return {"channel": channel.id, "ts": ts}
