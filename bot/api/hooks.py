"""``POST /v1/environments/{app}/{environment}/restarted``: a pipeline says that it restarted the app."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web
from structlog.contextvars import bound_contextvars

from bot.api import bodies, words
from bot.desk.base.desk import Desk
from bot.desk.base.errors import BadLoadedAt, BadToken
from bot.desk.restarts import tokens
from store import Unavailable, audit

log = structlog.get_logger(__name__)

PATH = "/v1/environments/{app}/{environment}/restarted"
CONFIRMED, NOTHING, REFUSED, BAD, AWAY = "confirmed", "nothing_pending", "refused", "bad_request", "unavailable"
HOOK_OUTCOMES = (CONFIRMED, NOTHING, REFUSED, BAD, AWAY)
_RETRY_AFTER = "5"
_UNREADABLE = {
    "too_large": (413, words.TOO_LARGE),
    "too_slow": (408, words.TOO_SLOW),
    "bad_body": (400, words.NOT_JSON),
    "unknown_field": (400, words.UNKNOWN_FIELD),
}


class Hooks:
    """The routes; ``desk`` gives the desk once the app has started. ``outcomes`` counts what came of requests."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self._desk = desk
        self._refusals = tokens.Refusals()
        self.outcomes: Counter[str] = Counter()

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer below ``/v1``, in JSON whatever is asked."""
        router.add_post(PATH, self._guarded(self._restarted))
        router.add_route("*", PATH, _other_method)
        router.add_route("*", "/v1/{tail:.*}", _nothing_there)

    async def _restarted(self, request: web.Request) -> web.Response:
        path = f"{request.match_info['app']}/{request.match_info['environment']}"
        try:
            token = await tokens.authenticate(self._desk(), path, bodies.bearer(request))
            at = bodies.moment(await bodies.read(request))
            said = await tokens.restarted(self._desk(), token, at=at)
        except BadToken:
            await self._refuse(path)
            return self._error(REFUSED, 401, "unauthorized", words.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
        except BadLoadedAt as error:
            return self._error(BAD, 400, "bad_at", words.not_then(error))
        except bodies.Unreadable as error:
            status, sentence = _UNREADABLE[error.code]
            return self._error(BAD, status, error.code, sentence)
        self.outcomes[CONFIRMED if said.confirmed else NOTHING] += 1
        log.info("restarted_by_hook", environment=said.environment.path, confirmed=said.confirmed)
        facts = {"confirmed": said.confirmed, "environment": said.environment.path, "pending": said.pending}
        return _json(200, facts)

    async def _refuse(self, path: str) -> None:
        log.warning("hook_refused")
        try:
            await self._refusals.record(self._desk(), path)
        except Unavailable as error:  # the answer is the same; the log has it
            log.warning("refusal_not_recorded", reason=error.reason)

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            number = uuid4().hex[:12]
            where = f"http:{request.remote or 'unknown'}:{number}"
            with bound_contextvars(request_id=number, peer=request.remote), audit.coming_from(where):
                try:
                    return await handler(request)
                except Unavailable as error:
                    log.warning("store_away", reason=error.reason)
                    return self._error(AWAY, 503, "unavailable", words.AWAY, {"Retry-After": _RETRY_AFTER})
                except Exception as error:  # its text may hold what was sent
                    log.error("hook_failed", kind=type(error).__name__)
                    return _json(500, {"error": "internal", "message": words.unexpected(number)})

        return guarded

    def _error(
        self, outcome: str, status: int, code: str, sentence: str, headers: dict[str, str] | None = None
    ) -> web.Response:
        self.outcomes[outcome] += 1
        return _json(status, {"error": code, "message": sentence}, headers)


async def _other_method(_request: web.Request) -> web.Response:
    return _json(405, {"error": "method_not_allowed", "message": words.METHOD}, {"Allow": "POST"})


async def _nothing_there(_request: web.Request) -> web.Response:
    return _json(404, {"error": "not_found", "message": words.NOT_FOUND})


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store", **(headers or {})})
