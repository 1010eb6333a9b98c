"""What all routes below ``/v1`` have in common: JSON answers with stable codes, counted, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web
from structlog.contextvars import bound_contextvars

from bot.api import words
from bot.desk.base.desk import Desk
from bot.desk.base.errors import BadToken, TokenFlaw
from bot.desk.restarts import tokens
from bot.peers import Peers
from store import Unavailable, audit

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REFUSED, BAD, AWAY = "refused", "bad_request", "unavailable"
_RETRY_AFTER = "5"
TOKEN_ERRORS: Mapping[TokenFlaw, tuple[int, str]] = {
    TokenFlaw.UNKNOWN: (401, "unauthorized"),
    TokenFlaw.EXPIRED: (401, "token_expired"),
    TokenFlaw.SCOPE: (403, "wrong_scope"),
    TokenFlaw.NETWORK: (403, "wrong_network"),
    TokenFlaw.ISSUER: (503, "issuer_unreachable"),
}


class Routes:
    """Routes of one kind; ``desk`` gives the desk once the app has started. ``outcomes`` counts what came of them."""

    def __init__(self, desk: Callable[[], Desk], peers: Peers) -> None:
        self._desk = desk
        self._peers = peers
        self._refusals = tokens.Refusals()
        self.outcomes: Counter[str] = Counter()

    def guarded(self, handler: Handler) -> Handler:
        """Return the handler: whatever it raises becomes an answer in JSON, and events know where it came from."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            number, peer = uuid4().hex[:12], self._peers.of(request)
            with (
                bound_contextvars(request_id=number, peer=peer),
                audit.coming_from(f"http:{peer or 'unknown'}:{number}"),
            ):
                try:
                    return await handler(request)
                except BadToken as error:
                    return await self._refused(request, error)
                except Unavailable as error:
                    log.warning("store_away", reason=error.reason)
                    return self.error(AWAY, 503, "unavailable", words.AWAY, {"Retry-After": _RETRY_AFTER})
                except Exception as error:  # its text may hold what was sent
                    log.error("hook_failed", kind=type(error).__name__)
                    return answer(500, {"error": "internal", "message": words.unexpected(number)})

        return guarded

    async def _refused(self, request: web.Request, error: BadToken) -> web.Response:
        log.warning("hook_refused")
        try:
            await self._refusals.record(self._desk(), path_of(request), what=request.path.rsplit("/", 1)[-1])
        except Unavailable as away:  # the answer is the same; the log has it
            log.warning("refusal_not_recorded", reason=away.reason)
        status, code = TOKEN_ERRORS[error.why]
        headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": _RETRY_AFTER}}.get(status)
        return self.error(REFUSED, status, code, words.TOKEN[error.why], headers)

    def error(
        self, outcome: str, status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        """Return an error, and count it."""
        self.outcomes[outcome] += 1
        return answer(status, {"error": code, "message": sentence}, headers)


def path_of(request: web.Request) -> str:
    """Return the environment's path that the address names."""
    return f"{request.match_info['app']}/{request.match_info['environment']}"


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    """Return JSON that nobody keeps."""
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store", **(headers or {})})


def other_method(allowed: str) -> Handler:
    """Return the answer to any other method."""

    async def refuse(_request: web.Request) -> web.Response:
        body = {"error": "method_not_allowed", "message": words.METHOD.format(allowed)}
        return answer(405, body, {"Allow": allowed})

    return refuse


async def nothing_there(_request: web.Request) -> web.Response:
    """Return the answer for every other address below ``/v1``."""
    return answer(404, {"error": "not_found", "message": words.NOT_FOUND})
