"""Sending things to the bot as Slack does: signed, within three seconds, events again when they failed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

Json = dict[str, Any]
Sleep = Callable[[float], Awaitable[None]]

ACK_SECONDS = 3.0
# At once, after a minute, after five minutes (docs.slack.dev, Events API, retries).
RETRY_AFTER_SECONDS = (0.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Ack:
    """The bot's answer: its body, or Slack's name for why there is none."""

    body: Json
    error: str | None = None
    reason: str = ""
    """Slack's name for a failed delivery of an event (``x-slack-retry-reason``)."""
    retry: bool = True
    """False where the bot asked not to be told again (``X-Slack-No-Retry: 1``)."""

    @property
    def ok(self) -> bool:
        """Whether the bot acknowledged in time."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Delivered:
    """Something that was sent to the bot; ``payload`` as the bot sees it, ``headers`` beyond the signature."""

    kind: str
    payload: Json
    ack: Ack
    headers: dict[str, str] = field(default_factory=dict)


class Line(Protocol):
    """A way to reach the bot: HTTP or Socket Mode."""

    async def send(self, kind: str, payload: Json, headers: dict[str, str]) -> Ack:
        """Send one payload (``command``, ``event`` or ``interaction``) and wait for its acknowledgement."""


class HttpLine:
    """Signed POST requests to the bot's address."""

    def __init__(
        self, signing_secret: str, address: Callable[[], str | None], ack_seconds: float = ACK_SECONDS
    ) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._address = address
        self._ack_seconds = ack_seconds
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """End the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, kind: str, payload: Json, headers: dict[str, str]) -> Ack:
        """POST it; a status other than 2xx is ``dispatch_failed``, silence ``operation_timeout``."""
        address = self._address()
        if address is None:
            return Ack({}, "dispatch_failed", "connection_failed")
        body, content_type = _encoded(kind, payload)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(self._ack_seconds),
                self._session.post(
                    address,
                    data=body.encode(),
                    headers={**self._signed(body), "Content-Type": content_type, **headers},
                    allow_redirects=False,
                ) as answer,
            ):
                text = await answer.text()
                if 200 <= answer.status < 300:
                    return _read(text)
                return Ack({}, "dispatch_failed", "http_error", answer.headers.get("X-Slack-No-Retry") != "1")
        except TimeoutError:
            return Ack({}, "operation_timeout", "http_timeout")
        except aiohttp.ClientError:
            return Ack({}, "dispatch_failed", "connection_failed")

    def _signed(self, body: str) -> dict[str, str]:
        stamp = str(int(time.time()))
        signature = self._verifier.generate_signature(timestamp=stamp, body=body) or ""
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


def _encoded(kind: str, payload: Json) -> tuple[str, str]:
    if kind == "event":
        return json.dumps(payload), "application/json"
    fields = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(fields), "application/x-www-form-urlencoded"


def _read(text: str) -> Ack:
    if not text.strip():
        return Ack({})
    try:
        body = json.loads(text)
    except ValueError:
        return Ack({"text": text})
    return Ack(body if isinstance(body, dict) else {"text": text})


class Delivery:
    """Sends over whatever line there is, keeps what was sent, and tries events again."""

    def __init__(
        self, line: Callable[[], Line], sleep: Sleep, retry_after: tuple[float, ...] = RETRY_AFTER_SECONDS
    ) -> None:
        self._line = line
        self._sleep = sleep
        self.retry_after = retry_after
        self.sent: list[Delivered] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Give up on what is still to be tried again."""
        for task in list(self._tasks):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, kind: str, payload: Json, headers: dict[str, str] | None = None) -> Ack:
        """Send one payload and wait for its acknowledgement."""
        ack = await self._line().send(kind, payload, headers or {})
        self.sent.append(Delivered(kind, payload, ack, headers or {}))
        return ack

    def event(self, payload: Json) -> None:
        """Send an event in the background; one that was not acknowledged is sent up to three times more."""
        self.background(self._event(payload))

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` until it is done or the workspace stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _event(self, payload: Json) -> None:
        headers: dict[str, str] = {}
        ack = await self.send("event", payload, headers)
        for number, pause in enumerate(self.retry_after, start=1):
            if ack.ok or not ack.retry:
                return
            await self._sleep(pause)
            headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": ack.reason}
            ack = await self.send("event", payload, headers)
