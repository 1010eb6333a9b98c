"""Requests of Slack over HTTP: read within bounds and authenticated before anything looks into them.

Slack signs each request: HMAC-SHA-256 over ``v0:timestamp:body``, at most five minutes old
(docs.slack.dev, Verifying requests from Slack).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import time
from collections import Counter
from collections.abc import Callable

import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.once import ELSEWHERE, Once
from store import Store

log = structlog.get_logger(__name__)

UNSIGNED, CLOCK, SIGNATURE, REPLAYED, TOO_LARGE, TOO_SLOW, MALFORMED = (
    "unsigned",
    "clock",
    "signature",
    "replayed",
    "too_large",
    "too_slow",
    "malformed",
)
REASONS = (UNSIGNED, CLOCK, SIGNATURE, REPLAYED, TOO_LARGE, TOO_SLOW, MALFORMED)
# Slack's largest payloads, submitted views with all their inputs, stay well below.
MOST_BYTES = 1024 * 1024
_SECONDS = 10.0
_WINDOW_SECONDS = 300
_LOGGED_EVERY_SECONDS = 60.0
# What another process had may have died with it: Slack sends it again later, signed anew.
_ELSEWHERE_STATUS = 503
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
# Whoever replays a request is told what Slack was told, and nothing is done.
_STATUS = {
    UNSIGNED: 401,
    CLOCK: 401,
    SIGNATURE: 401,
    REPLAYED: 200,
    TOO_LARGE: 413,
    TOO_SLOW: 408,
    MALFORMED: 400,
}


class Rejected(Exception):
    """The request goes no further; ``reason`` is one of :data:`REASONS`."""

    def __init__(self, reason: str, *, status: int | None = None, seconds_off: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status or _STATUS[reason]
        self.seconds_off = seconds_off


class Entrance:
    """Lets in what Slack signed with ``secret``, once, and nothing without one. ``rejected`` counts the rest by reason.

    A signature is remembered for as long as its timestamp would be accepted, by all processes that share the store.
    """

    def __init__(
        self, secret: SecretStr | None, store: Callable[[], Store], now: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret
        self._now = now
        self._quiet_until = 0.0
        self._once = Once(store, 2 * _WINDOW_SECONDS, now)
        self.rejected: Counter[str] = Counter()

    async def admit(self, request: web.Request) -> AsyncBoltRequest | web.Response:
        """Return the request for Bolt, or the answer to one that goes no further."""
        try:
            return await self._admitted(request)
        except Rejected as rejected:
            self.rejected[rejected.reason] += 1
            self._log(rejected)
            return web.Response(status=rejected.status)

    async def _admitted(self, request: web.Request) -> AsyncBoltRequest:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if self._secret is None or not signature or not _TIMESTAMP.fullmatch(stamp):
            raise Rejected(UNSIGNED)
        if abs(off := int(self._now()) - int(stamp)) > _WINDOW_SECONDS:
            raise Rejected(CLOCK, seconds_off=off)
        body = await _read(request)
        right = signature_of(self._secret, stamp, body)
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogateescape")):
            raise Rejected(SIGNATURE)
        parsed = _parsed(request, body)
        if before := await self._once.taken(signature):
            raise Rejected(REPLAYED, status=_ELSEWHERE_STATUS if before == ELSEWHERE else None)
        return parsed

    async def failed(self, request: web.Request) -> None:
        """Let a request in once more that was answered with an error: Slack sends it again, maybe at once."""
        await self._once.give_back(request.headers.get("X-Slack-Signature", ""))

    async def close(self) -> None:
        """Finish what is being written."""
        await self._once.close()

    def _log(self, rejected: Rejected) -> None:
        """Say it at most once a minute: whoever can reach the address could fill the disk otherwise."""
        now = asyncio.get_running_loop().time()
        if now < self._quiet_until:
            return
        self._quiet_until = now + _LOGGED_EVERY_SECONDS
        off = {"clock_ahead_of_slack_seconds": rejected.seconds_off} if rejected.reason == CLOCK else {}
        log.warning("request_rejected", reason=rejected.reason, **off)


def signature_of(secret: SecretStr, stamp: str, body: bytes) -> str:
    """Return the signature of a body, which may be any bytes: slack_sdk's own verifier wants UTF-8."""
    signed = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > MOST_BYTES:
        raise Rejected(TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Rejected(TOO_LARGE)
    except TimeoutError:
        raise Rejected(TOO_SLOW) from None
    except Rejected:
        raise
    except Exception:  # a broken chunk, a connection that ended: this may be anybody's
        raise Rejected(MALFORMED) from None
    return bytes(body)


def _parsed(request: web.Request, body: bytes) -> AsyncBoltRequest:
    """Bolt takes a body apart as it is made; an object is what every listener expects."""
    try:
        made = AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=dict(request.headers))
    except Exception:  # bolt looks for what it knows as it goes, and raises whatever comes of it
        raise Rejected(MALFORMED) from None
    if not isinstance(made.body, dict):
        raise Rejected(MALFORMED)
    return made
