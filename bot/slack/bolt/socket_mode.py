"""Connecting to Slack: ask until it answers, and give up only if it refuses the token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NoReturn

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.slack.bolt.client import Client, Paused, slack_reason
from bot.slack.bolt.in_flight import InFlight

if TYPE_CHECKING:
    from pydantic import SecretStr

log = structlog.get_logger(__name__)

BOT_TOKEN, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
_COPY_AGAIN = {
    BOT_TOKEN: "Copy the Bot User OAuth Token of the installed app again (Install App).",
    APP_TOKEN: "Copy an app-level token with the scope connections:write again (Basic Information, App-Level Tokens).",
}
# docs.slack.dev: errors of Slack itself, which say nothing of the token.
_SLACKS_OWN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"})
_LONGEST_PAUSE = 30.0


class SlackRefusesUs(Exception):
    """Slack does not accept a token; ``reason`` is Slack's error name."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"Slack does not accept {setting} ({reason}). {_COPY_AGAIN[setting]}")
        self.reason = reason


async def until_answered(ask: Callable[[], Awaitable[Any]], setting: str) -> Any:
    """Call Slack until it answers, with growing pauses; raises :class:`SlackRefusesUs` if it refuses the token."""
    pause = 1.0
    while True:
        try:
            return await ask()
        except Paused as paused:
            pause, reason = max(pause, paused.seconds), "ratelimited"
        except SlackApiError as error:
            reason = slack_reason(error) or "unknown_error"
            if error.response.status_code == 200 and reason not in _SLACKS_OWN:
                raise SlackRefusesUs(setting, reason) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = type(error).__name__
        log.warning("slack_unreachable", reason=reason, again_in_seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


class _Addresses(Client):
    """Client that asks for the web socket's address until it has one.

    Left to slack_sdk, every failure is a traceback, and a refused token is tried again for ever.
    """

    refused: Callable[[SlackRefusesUs], None]

    async def apps_connections_open(self, *, app_token: str, **kwargs: Any) -> Any:
        """Return Slack's answer. If Slack refuses the token, tell the bot to stop, and never return."""
        ask = super().apps_connections_open
        try:
            return await until_answered(lambda: ask(app_token=app_token, **kwargs), APP_TOKEN)
        except SlackRefusesUs as refusal:
            self.refused(refusal)
            await _forever()


async def _forever() -> NoReturn:
    while True:
        await asyncio.Event().wait()


def socket_handler(
    app: AsyncApp, client: Client, token: SecretStr, tracker: InFlight, refused: Callable[[SlackRefusesUs], None]
) -> AsyncSocketModeHandler:
    """Return bolt's handler for Socket Mode; ``refused`` is called if Slack does not accept the app-level token.

    A payload counts as in flight until its answer was sent.
    """
    assert client.session is not None  # noqa: S101  its constructor wants one
    addresses = _Addresses(
        token=client.token or "", base_url=client.base_url, session=client.session, rate_limits=client.rate_limits
    )
    addresses.refused = refused
    handler = AsyncSocketModeHandler(app, token.get_secret_value(), web_client=addresses, logger=_one_line_logger())
    tracked = tracker.track(handler.handle)
    handler.client.socket_mode_request_listeners = [tracked]  # type: ignore[list-item]  # as in bolt's own handler
    return handler


def _one_line_logger() -> logging.Logger:
    """Return a logger without tracebacks: an error's text repeats the socket's address, which is a credential."""
    logger = logging.getLogger("slack_bolt.socket_mode")
    logger.addFilter(_one_line)
    return logger


def _one_line(record: logging.LogRecord) -> bool:
    if record.exc_info and record.exc_info[0]:
        record.msg, record.args = f"socket_mode_failed ({record.exc_info[0].__name__})", ()
        record.exc_info = record.exc_text = None
    return True
