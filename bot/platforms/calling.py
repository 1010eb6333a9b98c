"""One call over HTTP: no redirects, no proxy, no cookies, an end to its time and its answer's size.

What went wrong is told apart by the one thing that counts afterwards: whether the call can have done anything.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.desk.base.platforms import NotReached, Unclear
from bot.platforms.addresses import Resolver

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 15.0
MOST_BYTES = 64 * 1024
_SHORTEST_WAIT, _USUAL_WAIT, _LONGEST_WAIT = 1.0, 10.0, 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, no redirect, and the body."""

    status: int
    body: bytes
    location: str = ""

    @property
    def json(self) -> dict[str, Any] | None:
        """Return the body if it is a JSON object."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


@asynccontextmanager
async def open_session(
    here: frozenset[str] = frozenset(), *, seconds: float = TOTAL_SECONDS
) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session for calls of platforms; ``here`` are names that may lead to this machine."""
    # A connection of its own for each call: one that was kept open could be closed under it, and who knows then.
    connector = aiohttp.TCPConnector(resolver=Resolver(here), force_close=True)
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS, connect=CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:
        yield session


async def call(
    session: aiohttp.ClientSession, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
) -> Answer:
    """Call, once; raises :class:`NotReached` and :class:`Unclear`. No error holds what was sent."""
    try:
        async with session.request(method, url, headers=headers, data=body, allow_redirects=False) as response:
            answer = Answer(response.status, await _read(response), response.headers.get("Location", ""))
            wait = response.headers.get("Retry-After", "")
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, UnicodeError):
        # The last is a name that cannot be looked up as one.
        raise NotReached("unreachable") from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise Unclear("no_answer") from None
    if answer.status == 429:
        raise NotReached("busy", _seconds(wait))
    if 300 <= answer.status < 400:
        # Nobody follows it, and some answer like that when they have done what was asked.
        raise Unclear("redirected")
    return answer


def _seconds(wait: str) -> float:
    """Return how long a ``Retry-After`` asks to wait, within bounds; some seconds for a date or none."""
    if not (wait.isascii() and wait.isdigit()):
        return _USUAL_WAIT
    return min(max(float(wait[:9]), _SHORTEST_WAIT), _LONGEST_WAIT)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read the body, or its beginning: nothing that is understood here is longer."""
    found = b""
    async for chunk in response.content.iter_chunked(MOST_BYTES):
        found += chunk
        if len(found) > MOST_BYTES:
            break
    return found[:MOST_BYTES]
