"""Reading what a program sent, which may be anybody: a bearer token, and a body that is empty or says when."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime

from aiohttp import web
from pydantic import SecretStr

from bot.desk.base.errors import BadLoadedAt

MOST_BYTES = 4096
_SECONDS = 10.0
_BEARER = re.compile(r"Bearer +(\S{1,8000})", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,30}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


class Unreadable(Exception):
    """The body is not what it should be; ``code`` is the error's name in the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def bearer(request: web.Request) -> SecretStr | None:
    """Return the token that was sent, or None if there was none or more than one."""
    sent = request.headers.getall("Authorization", [])
    match = _BEARER.fullmatch(sent[0].strip()) if len(sent) == 1 else None
    return SecretStr(match.group(1)) if match else None


async def read(request: web.Request, *, most: int = MOST_BYTES) -> bytes:
    """Read the body of up to ``most`` bytes; raises :class:`Unreadable` (``too_large``, ``too_slow``, ``bad_body``)."""
    if (request.content_length or 0) > most:
        raise Unreadable("too_large")
    body = b""
    try:
        async with asyncio.timeout(_SECONDS):
            while chunk := await request.content.read(most + 1 - len(body)):
                body += chunk
                if len(body) > most:
                    raise Unreadable("too_large")
    except TimeoutError:
        raise Unreadable("too_slow") from None
    except Unreadable:
        raise
    except Exception:  # a broken chunk, a content encoding that is none: this may be anybody's
        raise Unreadable("bad_body") from None
    return body


def moment(body: bytes) -> datetime | None:
    """Return when the app was restarted, if the body says so; raises :class:`Unreadable` and BadLoadedAt."""
    if not body.strip():
        return None
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("bad_body") from None
    if not isinstance(sent, dict):
        raise Unreadable("bad_body")
    if sent.keys() - {"at"}:
        raise Unreadable("unknown_field")
    return _moment(sent["at"]) if sent.get("at") is not None else None


def _moment(sent: object) -> datetime:
    """RFC 3339, with an offset."""
    match = _MOMENT.fullmatch(sent) if isinstance(sent, str) else None
    if match is None:
        raise BadLoadedAt("unreadable")
    day, clock, fraction, offset = match.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{offset.upper()}")
    except ValueError:
        raise BadLoadedAt("unreadable") from None
