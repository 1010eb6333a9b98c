"""Whether Slack still accepts the bot's token, and the connection of Socket Mode is open: asked again and again."""

from __future__ import annotations

import asyncio

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.slack.bolt.client import Client, Paused, slack_reason

log = structlog.get_logger(__name__)

# So that /readyz is right within a minute.
EVERY_SECONDS = 20.0


class SlackHealth:
    """What is known of Slack; ``accepted`` is whether it took the bot token when it was last asked."""

    def __init__(self) -> None:
        self.accepted = False
        self.socket: AsyncSocketModeHandler | None = None

    async def watch(self, client: Client) -> None:
        """Ask for as long as the bot runs, after Slack has accepted the token once."""
        self.accepted = True
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self.accepted = await _accepts(client)

    async def is_reached(self) -> bool:
        """Return whether Slack accepts the token and, in Socket Mode, its connection is open."""
        return self.accepted and (self.socket is None or await self.socket.client.is_connected())


async def _accepts(client: Client) -> bool:
    try:
        await client.auth_test()
    except Paused:
        return True  # it answered: later, please
    except SlackApiError as error:
        log.warning("slack_refuses_us", reason=slack_reason(error) or "unknown_error")
        return False
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("slack_unreachable", reason=type(error).__name__, again_in_seconds=EVERY_SECONDS)
        return False
    return True
