"""The App Home tab: what Certdesk is, and how to begin."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.slack import blocks, words
from bot.slack.blocks import View
from bot.slack.call import Room
from bot.slack.listening import log_failure


def register(app: AsyncApp, room: Room) -> None:
    """Listen for somebody opening the tab."""

    async def opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") != "home":
            return
        try:
            await room.client.views_publish(user_id=event["user"], view=tab())
        except SlackApiError as error:  # the tab is off, say: it is opened again soon enough
            log_failure("home_not_published", error)

    app.event("app_home_opened")(room.tracker.track(opened))


def tab() -> View:
    """The tab's blocks; the same for everybody, for a member may not see every channel's environments."""
    return blocks.home(
        [
            blocks.section(words.HOME),
            blocks.section(words.HOME_BEGIN),
            blocks.divider(),
            blocks.section("*What you can type*\n" + "\n".join(words.help_lines())),
            blocks.context(words.HELP_TIP, words.HOME_SAFE),
        ]
    )
