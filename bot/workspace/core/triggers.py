"""Triggers and response addresses: short-lived permissions that an interaction brings."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.workspace.core.refusals import SlackRefused

TRIGGER_SECONDS = 3.0
RESPONSE_LASTS, RESPONSE_USES = timedelta(minutes=30), 5


@dataclass(slots=True)
class _Trigger:
    member: str
    until: float
    used: bool = False


@dataclass(slots=True)
class Response:
    """Where an answer to an interaction goes; ``message_ts`` is the message it came from, if it came from one."""

    channel: str
    member: str
    message_ts: str | None = None
    ephemeral: bool = False
    until: datetime | None = None
    uses: int = 0


class Permissions:
    """Hands out triggers and response addresses, and takes them back in time.

    Triggers live real seconds: nobody moves a clock between a click and its modal. Response addresses follow the
    workspace's clock, ``now``.
    """

    def __init__(self, now: Callable[[], datetime], trigger_seconds: float = TRIGGER_SECONDS) -> None:
        self._now = now
        self._trigger_seconds = trigger_seconds
        self._triggers: dict[str, _Trigger] = {}
        self._responses: dict[str, Response] = {}

    def trigger(self, member: str) -> str:
        """A new trigger for a view that ``member`` shall see."""
        id_ = f"{secrets.randbelow(10**12)}.{secrets.token_hex(8)}"
        self._triggers[id_] = _Trigger(member, time.monotonic() + self._trigger_seconds)
        return id_

    def use_trigger(self, id_: str) -> str:
        """Whose trigger it is; refuses an unknown, used or expired one."""
        trigger = self._triggers.get(id_)
        if trigger is None:
            raise SlackRefused("invalid_trigger_id")
        if trigger.used:
            raise SlackRefused("exchanged_trigger_id")
        if time.monotonic() > trigger.until:
            raise SlackRefused("expired_trigger_id")
        trigger.used = True
        return trigger.member

    def response(self, channel: str, member: str, *, message_ts: str | None = None, ephemeral: bool = False) -> str:
        """The secret part of a new response address."""
        id_ = secrets.token_hex(12)
        until = self._now() + RESPONSE_LASTS
        self._responses[id_] = Response(channel, member, message_ts, ephemeral, until)
        return id_

    def use_response(self, id_: str) -> Response:
        """Where an answer goes; refused when there were five of them (``used_url``), or half an hour passed."""
        response = self._responses.get(id_)
        if response is None or (response.until is not None and self._now() > response.until):
            raise SlackRefused("expired_url")
        if response.uses >= RESPONSE_USES:
            raise SlackRefused("used_url")
        response.uses += 1
        return response
