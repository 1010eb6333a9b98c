"""``chat.*``: messages of the bot."""

from __future__ import annotations

import json
from typing import Any

from bot.workspace.block_kit.messages import bot_message
from bot.workspace.core.core import Core
from bot.workspace.core.people import BOT, BOT_USER, Channel
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.web_api.call import method, needed

Json = dict[str, Any]

_LARGEST_METADATA = 16_000


def _channel(core: Core, given: Json, *, or_member: bool = False) -> Channel:
    """The conversation; to post, a member's id stands for the direct messages with them."""
    wanted = needed(given, "channel")
    if or_member and wanted in core.state.members:
        return core.state.im_of(wanted)
    channel = core.state.channels.get(wanted)
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
async def post_message(core: Core, given: Json) -> Json:
    """Post to a channel that the bot is in."""
    channel = _channel(core, given, or_member=True)
    message = bot_message(given.get("text"), given.get("blocks"))
    if given.get("thread_ts"):
        message["thread_ts"] = given["thread_ts"]
    message |= _metadata(given)
    posted = core.state.post(channel.id, message)
    return {"channel": channel.id, "ts": posted["ts"], "message": posted}


@method("chat.postEphemeral", "chat:write")
async def post_ephemeral(core: Core, given: Json) -> Json:
    """Show a message to one member of the channel."""
    channel, member = _channel(core, given), needed(given, "user")
    if member not in channel.members:
        raise SlackRefused("user_not_in_channel")
    message = bot_message(given.get("text"), given.get("blocks"))
    return {"message_ts": core.state.whisper(channel.id, member, message)["ts"]}


@method("chat.update", "chat:write")
async def update(core: Core, given: Json) -> Json:
    """Change a message of the bot's own; an ephemeral one is not found.

    Blocks stay only where neither blocks nor a text are given; a text without blocks replaces them, and shows as
    edited (docs.slack.dev, chat.update).
    """
    channel, ts = _channel(core, given), needed(given, "ts")
    message = core.state.find(channel.id, ts)
    if message is None:
        raise SlackRefused("message_not_found")
    if message.get("bot_id") != BOT:
        raise SlackRefused("cant_update_message")
    keeps = given.get("text") is None and given.get("blocks") is None
    message |= bot_message(given.get("text"), message["blocks"] if keeps else given.get("blocks"))
    message |= _metadata(given)
    if not message["blocks"]:
        message["edited"] = {"user": BOT_USER, "ts": core.state.new_ts()}
    core.state.changed()
    return {"channel": channel.id, "ts": ts, "message": message}


@method("chat.delete", "chat:write")
async def delete(core: Core, given: Json) -> Json:
    """Delete a message of the bot's own."""
    channel, ts = _channel(core, given), needed(given, "ts")
    message = core.state.find(channel.id, ts)
    if message is None:
        raise SlackRefused("message_not_found")
    if message.get("bot_id") != BOT:
        raise SlackRefused("cant_delete_message")
    core.state.messages[channel.id].remove(message)
    core.state.changed()
    return {"channel": channel.id, "ts": ts}
