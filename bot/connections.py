"""Connections to the bot: how many an address may have, and how long one may take to say what it wants.

aiohttp waits for the end of a request's headers for ever, so that whoever opens connections and sends nothing would
have all that the process may have.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

MOST = 200
_HEADERS_SECONDS = 10.0
_LOGGED_EVERY_SECONDS = 60.0
_END_OF_HEADERS = b"\r\n\r\n"


class Guard:
    """Makes the protocols of a server's connections; ``most`` of them an address, at which a silent one makes room."""

    def __init__(self, server: Callable[[], asyncio.Protocol], most: int = MOST) -> None:
        self._server = server
        self._most = most
        self._open: Counter[str] = Counter()
        self._silent: dict[Guarded, str] = {}
        self._quiet_until = 0.0

    def __call__(self) -> Guarded:
        """Return the protocol of a new connection."""
        return Guarded(self, self._server())

    def let_in(self, connection: Guarded, address: str) -> bool:
        """Count a connection; return False if its address has too many, all of which have asked for something."""
        if self._open[address] >= self._most:
            self._say(address)
            oldest = next((one for one, its in self._silent.items() if its == address), None)
            if oldest is None:
                return False
            oldest.drop()
        self._open[address] += 1
        self._silent[connection] = address
        return True

    def heard(self, connection: Guarded) -> None:
        """Note that a connection has sent the headers of a request."""
        self._silent.pop(connection, None)

    def gone(self, connection: Guarded, address: str) -> None:
        """Count a connection no more."""
        self._silent.pop(connection, None)
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    def _say(self, address: str) -> None:
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + _LOGGED_EVERY_SECONDS
            log.warning("too_many_connections", address=address, most=self._most)


class Guarded(asyncio.Protocol):
    """A connection: it hands everything on to the server's own protocol, and ends if no headers come in time."""

    def __init__(self, guard: Guard, inner: asyncio.Protocol) -> None:
        self._guard = guard
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._address: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or end it."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  servers of streams make no other
        peer: Any = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        self._transport = transport
        if not self._guard.let_in(self, address):
            transport.abort()
            return
        self._address = address
        self._timer = asyncio.get_running_loop().call_later(_HEADERS_SECONDS, self.drop)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand it on; with the end of the first headers the deadline is over."""
        if self._address is None:
            return
        if self._timer is not None:
            self._tail += data
            if _END_OF_HEADERS in self._tail:
                self._heard()
            self._tail = self._tail[1 - len(_END_OF_HEADERS) :]
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand it on."""
        return self._inner.eof_received() if self._address is not None else None

    def pause_writing(self) -> None:
        """Hand it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand it on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another one."""
        if self._address is not None:
            self._heard()
            self._guard.gone(self, self._address)
            self._inner.connection_lost(exc)

    def drop(self) -> None:
        """End the connection: nobody waits for an answer on it."""
        if self._transport is not None:
            self._transport.abort()

    def _heard(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tail = b""
        self._guard.heard(self)


class GuardedRunner(web.AppRunner):
    """Runs an application behind a :class:`Guard`."""

    def __init__(self, app: web.Application, *, most: int = MOST, **options: Any) -> None:
        super().__init__(app, **options)
        self._most = most

    @property
    def server(self) -> Any:
        """Return what makes the protocols of connections; sites listen with it."""
        inner = super().server
        return Guard(inner, self._most) if inner is not None else None
