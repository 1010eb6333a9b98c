"""Triggers and response addresses: short-lived permissions that an interaction brings."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from bot.workspace.refusals import SlackRefused

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS, RESPONSE_USES = 30 * 60.0, 5


@dataclass(slots=True)
class _Trigger:
    member: str
    until: float
    used: bool = False


@dataclass(slots=True)
class Response:
    """Where an answer to an interaction goes; ``ephemeral_ts`` is the private message it came from."""

    channel: str
    member: str
    until: float
    message_ts: str | None
    ephemeral: bool
    uses: int = 0


class Permissions:
    """Hands out triggers and response addresses, and takes them back in time. Real seconds, as at Slack."""

    def __init__(self) -> None:
        self._triggers: dict[str, _Trigger] = {}
        self._responses: dict[str, Response] = {}

    def trigger(self, member: str) -> str:
        """A new trigger for a view that ``member`` shall see."""
        id_ = f"{secrets.randbelow(10**12)}.{secrets.token_hex(8)}"
        self._triggers[id_] = _Trigger(member, time.monotonic() + TRIGGER_SECONDS)
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
        until = time.monotonic() + RESPONSE_SECONDS
        self._responses[id_] = Response(channel, member, until, message_ts, ephemeral)
        return id_

    def use_response(self, id_: str) -> Response | None:
        """Where an answer goes, or None when there were five of them, or half an hour passed."""
        response = self._responses.get(id_)
        if response is None or response.uses >= RESPONSE_USES or time.monotonic() > response.until:
            return None
        response.uses += 1
        return response
