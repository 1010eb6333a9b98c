"""A webhook of one's own: one signed POST asks a pipeline to restart the app.

Signed as Slack signs its requests: ``X-Certdesk-Signature: v1=`` and the hexadecimal HMAC-SHA-256, under the secret, of
``v1:`` + ``X-Certdesk-Timestamp`` (seconds since 1970) + ``:`` + the body as it is sent. A GET has an empty body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import aiohttp
from pydantic import SecretStr

from bot.desk.base.platforms import Begun, NotReached, Refused, Unclear
from bot.platforms.calling import Answer, call
from store import AppState

SIGNATURE, TIMESTAMP = "X-Certdesk-Signature", "X-Certdesk-Timestamp"


@dataclass(frozen=True, slots=True)
class Order:
    """What the pipeline is told: which run, of which environment, for whom, and since when."""

    run: str
    environment: str
    by: str
    at: datetime

    def body(self) -> bytes:
        """Return the JSON that is sent, the same for the same run."""
        said = {"run": self.run, "environment": self.environment, "by": self.by, "at": self.at.isoformat()}
        return json.dumps({"event": "restart", **said}, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Webhook:
    """``expect`` is a text that a good answer holds; empty where its status is enough."""

    session: aiohttp.ClientSession
    url: str
    expect: str
    secret: SecretStr = field(repr=False)
    order: Order
    clock: Callable[[], datetime]
    is_allowed: Callable[[str], bool]

    async def stop(self) -> None:
        """Not asked of a webhook."""
        raise Refused("not_offered")

    async def start(self) -> Begun:
        """See :class:`bot.desk.base.platforms.Platform`: 202 with an address says that it is being done."""
        answer = await self._call("POST", self.url, self.order.body())
        if answer.status == 202 and answer.location:
            return Begun(running=False, job=self._status_url(answer.location))
        if not self._is_expected(answer):
            raise Unclear("unexpected")
        return Begun(running=True)

    async def started(self, job: str) -> bool:
        """See :class:`bot.desk.base.platforms.Platform`: 202 as long as it is being done."""
        answer = await self._call("GET", job, b"")
        if answer.status == 202:
            return False
        if not self._is_expected(answer):
            raise Refused("unexpected")
        return True

    async def state(self) -> AppState:
        """See :class:`bot.desk.base.platforms.Platform`."""
        return AppState.UNKNOWN

    def _status_url(self, location: str) -> str:
        """On the webhook's own host only: what is asked there is signed with its secret."""
        url = urljoin(self.url, location)
        if urlsplit(url)[:2] != urlsplit(self.url)[:2] or not self.is_allowed(url):
            raise Unclear("foreign_status")
        return url

    async def _call(self, method: str, url: str, body: bytes) -> Answer:
        if not self.is_allowed(url):
            raise NotReached("not_allowed")
        stamp = str(int(self.clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": self.order.run,
            TIMESTAMP: stamp,
            SIGNATURE: signature(self.secret, stamp, body),
        }
        answer = await call(self.session, method, url, headers=headers, body=body or None)
        if answer.status >= 400:
            raise (Unclear if answer.status >= 500 else Refused)(f"http_{answer.status}")
        return answer

    def _is_expected(self, answer: Answer) -> bool:
        return self.expect.encode() in answer.body


def signature(secret: SecretStr, stamp: str, body: bytes) -> str:
    """Return the header's value for a body that is sent at ``stamp``."""
    signed = b"v1:" + stamp.encode() + b":" + body
    return "v1=" + hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()
