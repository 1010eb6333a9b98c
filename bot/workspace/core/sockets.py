"""Socket Mode: web sockets that the bot opens, envelopes that it acknowledges."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from bot.workspace.core.delivery import ACK_SECONDS, Ack

Json = dict[str, Any]

_TYPES = {"command": "slash_commands", "event": "events_api", "interaction": "interactive"}


class Sockets:
    """The open sockets; each payload goes to any one of them."""

    def __init__(self, ack_seconds: float = ACK_SECONDS) -> None:
        self._ack_seconds = ack_seconds
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

    async def ask_to_reconnect(self) -> None:
        """Tell every connection that it will be closed soon, as Slack does now and then."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    async def close(self) -> None:
        """Close every socket."""
        for socket in list(self._open):
            await socket.close()

    async def send(self, kind: str, payload: Json, headers: dict[str, str]) -> Ack:
        """Send one envelope to one of the sockets; of an event's retry the envelope tells, not the payload."""
        if not self._open:
            return Ack({}, "dispatch_failed", "connection_failed")
        socket = self._open[next(self._turn) % len(self._open)]
        envelope = str(uuid4())
        answer = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json({"envelope_id": envelope, "payload": payload, **_about(kind, headers)})
            async with asyncio.timeout(self._ack_seconds):
                return Ack(await answer)
        except TimeoutError:
            return Ack({}, "operation_timeout", "http_timeout")
        except ConnectionError:
            return Ack({}, "dispatch_failed", "connection_failed")
        finally:
            del self._waiting[envelope]

    def _heard(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:  # clients may send words of their own, such as keep-alives
            return
        waiting = self._waiting.get(message.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            payload = message.get("payload") or {}
            waiting.set_result(payload if isinstance(payload, dict) else {"text": payload})


def _about(kind: str, headers: dict[str, str]) -> Json:
    """What an envelope says of its payload."""
    about: Json = {"type": _TYPES[kind], "accepts_response_payload": kind != "event"}
    if kind == "event":
        about["retry_attempt"] = int(headers.get("X-Slack-Retry-Num", "0"))
        about["retry_reason"] = headers.get("X-Slack-Retry-Reason", "")
    return about
