"""``POST /v1/environments/{app}/{environment}/restarted``: a pipeline says that it restarted the app."""

from __future__ import annotations

import structlog
from aiohttp import web

from bot.api import bodies, words
from bot.api.routes import AWAY, BAD, REFUSED, Routes, answer, other_method, path_of
from bot.desk.base.errors import BadLoadedAt
from bot.desk.restarts import tokens

log = structlog.get_logger(__name__)

PATH = "/v1/environments/{app}/{environment}/restarted"
CONFIRMED, NOTHING = "confirmed", "nothing_pending"
HOOK_OUTCOMES = (CONFIRMED, NOTHING, REFUSED, BAD, AWAY)


class Restarted(Routes):
    """The route, for tokens that confirm restarts."""

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer in JSON whatever is asked."""
        router.add_post(PATH, self.guarded(self._restarted))
        router.add_route("*", PATH, other_method("POST"))

    async def _restarted(self, request: web.Request) -> web.Response:
        peer = self._peers.of(request)
        token = await tokens.authenticate(self._desk(), path_of(request), bodies.bearer(request), peer=peer)
        try:
            at = bodies.moment(await bodies.read(request))
            said = await tokens.restarted(self._desk(), token, at=at, peer=peer)
        except BadLoadedAt as error:
            return self.error(BAD, 400, "bad_at", words.not_then(error))
        except bodies.Unreadable as error:
            status, sentence = words.UNREADABLE[error.code]
            return self.error(BAD, status, error.code, sentence)
        self.outcomes[CONFIRMED if said.confirmed else NOTHING] += 1
        log.info("restarted_by_hook", environment=said.environment.path, confirmed=said.confirmed)
        facts = {"confirmed": said.confirmed, "environment": said.environment.path, "pending": said.pending}
        return answer(200, facts)
