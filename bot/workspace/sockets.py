"""Socket Mode: web sockets that the bot opens, envelopes that it acknowledges."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from bot.workspace.delivery import ACK_SECONDS, Ack

Json = dict[str, Any]

_TYPES = {"command": "slash_commands", "event": "events_api", "interaction": "interactive"}


class Sockets:
    """The open sockets; each payload goes to any one of them."""

    def __init__(self) -> None:
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._turn = itertools.count()
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    @property
    def connected(self) -> bool:
        """Whether any socket is open."""
        return bool(self._open)

    def ticket(self, base_url: str) -> str:
        """An address that opens one socket."""
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return f"{base_url.replace('http', 'ws', 1)}/link?ticket={ticket}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One socket, from hello to the end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self._open) + 1, "connection_info": {}})
        self._open.append(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            self._open.remove(socket)
        return socket

    async def close(self) -> None:
        """Close every socket."""
        for socket in list(self._open):
            await socket.close()

    async def send(self, kind: str, payload: Json, headers: dict[str, str]) -> Ack:
        """Send one envelope to one of the sockets. Retry headers are not handed on, as at Slack."""
        del headers
        if not self._open:
            return Ack({}, "dispatch_failed")
        socket = self._open[next(self._turn) % len(self._open)]
        envelope = str(uuid4())
        answer = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(
                {
                    "envelope_id": envelope,
                    "type": _TYPES[kind],
                    "payload": payload,
                    "accepts_response_payload": kind != "event",
                }
            )
            async with asyncio.timeout(ACK_SECONDS):
                return Ack(await answer)
        except TimeoutError:
            return Ack({}, "operation_timeout")
        except ConnectionError:
            return Ack({}, "dispatch_failed")
        finally:
            del self._waiting[envelope]

    def _heard(self, text: str) -> None:
        message = json.loads(text)
        waiting = self._waiting.get(message.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            payload = message.get("payload") or {}
            waiting.set_result(payload if isinstance(payload, dict) else {"text": payload})
