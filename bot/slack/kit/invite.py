"""The sentence for a channel of which Certdesk is not a member."""

from __future__ import annotations

from bot.slack.kit.escape import channel

INVITE = (
    "One thing is missing: I am not a member of this channel and cannot post cards and reminders. Type `/invite` and "
    "choose Certdesk."
)


def not_invited(where: str) -> str:
    """Return what stands above a message that goes to one person because its channel cannot have it."""
    return (
        f"I may not post in {channel(where)}, so this comes to you alone. Type `/invite` there and choose Certdesk, "
        "or move the environment with `/cert env bind`."
    )
