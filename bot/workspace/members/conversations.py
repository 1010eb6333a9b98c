"""Conversations that a member is in."""

from __future__ import annotations

from bot.workspace.core.core import Core
from bot.workspace.core.people import Channel


def conversation(core: Core, member: str, channel: str) -> Channel:
    """Return a conversation that the member is in. Raises KeyError for any other."""
    if member not in core.state.members:
        raise KeyError(f"there is no member {member}")
    found = core.state.channels.get(channel)
    if found is None or member not in found.members:
        raise KeyError(f"{member} is in no conversation {channel}")
    return found
