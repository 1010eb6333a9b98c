"""``POST /v1/environments/{app}/{environment}/loaded``: an instance says which revision it runs."""

from __future__ import annotations

import json
from typing import Any

import structlog
from aiohttp import web

from bot.api import bodies, words
from bot.api.routes import AWAY, BAD, REFUSED, Routes, answer, other_method, path_of
from bot.desk.delivery import proof
from bot.desk.delivery.proof import Report
from bot.desk.delivery.refusals import NotDelivered
from bot.desk.restarts import tokens
from store.restarts.tokens import Scope

log = structlog.get_logger(__name__)

PATH = "/v1/environments/{app}/{environment}/loaded"
TAKEN = "taken"
LOADED_OUTCOMES = (TAKEN, REFUSED, BAD, AWAY)
# 2,000 fingerprints, and some room.
_MOST_BYTES = 256 * 1024
_FIELDS = frozenset({"instance", "revision", "fingerprints", "stopped"})


class LoadedRoutes(Routes):
    """The route, for tokens that deliver."""

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer in JSON whatever is asked."""
        router.add_post(PATH, self.guarded(self._loaded))
        router.add_route("*", PATH, other_method("POST"))

    async def _loaded(self, request: web.Request) -> web.Response:
        desk, peer = self._desk(), self._peers.of(request)
        token = await tokens.authenticate(
            desk, path_of(request), bodies.bearer(request), scope=Scope.DELIVER, peer=peer
        )
        try:
            report = _report(await bodies.read(request, most=_MOST_BYTES), peer)
            standing = await proof.loaded(desk, token, report)
        except bodies.Unreadable as error:
            status, sentence = words.UNREADABLE_REPORT[error.code]
            return self.error(BAD, status, error.code, sentence)
        except NotDelivered as error:
            status, sentence = words.not_delivered(error)
            return self.error(BAD, status, error.reason.value, sentence)
        self.outcomes[TAKEN] += 1
        log.info("loaded", revision=report.revision, confirmed=standing.confirmed)
        return answer(
            200,
            {
                "environment": standing.environment.path,
                "revision": standing.environment.revision,
                "instances": standing.instances,
                "current": standing.current,
                "confirmed": standing.confirmed,
                "pending": standing.pending,
            },
        )


def _report(body: bytes, peer: str | None) -> Report:
    """Read the body. Raises :class:`bodies.Unreadable` (``bad_body``, ``unknown_field``)."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise bodies.Unreadable("bad_body") from None
    if not isinstance(sent, dict):
        raise bodies.Unreadable("bad_body")
    if sent.keys() - _FIELDS:
        raise bodies.Unreadable("unknown_field")
    stopped, fingerprints = sent.get("stopped", False), sent.get("fingerprints", [])
    if not (isinstance(sent.get("instance"), str) and isinstance(stopped, bool) and _are_texts(fingerprints)):
        raise bodies.Unreadable("bad_body")
    revision = sent.get("revision", 0 if stopped else None)
    # In Python a truth value is a number, in JSON it is none.
    if not isinstance(revision, int) or isinstance(revision, bool) or abs(revision) >= 2**31:
        raise bodies.Unreadable("bad_body")
    return Report(sent["instance"], revision, tuple(fingerprints), stopped, peer)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
