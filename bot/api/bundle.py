"""``GET /v1/environments/{app}/{environment}/bundle``: an app fetches its certificates."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import structlog
from aiohttp import web

from bot.api import bodies, words
from bot.api.routes import AWAY, BAD, REFUSED, Routes, other_method, path_of
from bot.certificates.delivery.bundle import Form
from bot.desk.base.desk import Desk
from bot.desk.delivery import bundles
from bot.desk.delivery.bundles import Asked, Deliveries
from bot.desk.delivery.refusals import NotDelivered
from bot.desk.restarts import tokens
from bot.peers import Peers
from store.restarts.tokens import Scope

log = structlog.get_logger(__name__)

PATH = "/v1/environments/{app}/{environment}/bundle"
DELIVERED, UNCHANGED = "delivered", "unchanged"
BUNDLE_OUTCOMES = (DELIVERED, UNCHANGED, REFUSED, BAD, AWAY)
LONGEST_WAIT = 60
REVISION, FROZEN_UNTIL = "Certdesk-Revision", "Certdesk-Frozen-Until"
_PARAMETERS = frozenset({"form", "revision", "wait", "directory"})
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class BadParameter(Exception):
    """A parameter of the query cannot be read; ``code`` is the error's name."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BundleRoutes(Routes):
    """The route, for tokens that deliver."""

    def __init__(self, desk: Callable[[], Desk], peers: Peers) -> None:
        super().__init__(desk, peers)
        self.shared = Deliveries(desk)

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer in JSON whatever is asked."""
        router.add_get(PATH, self.guarded(self._bundle), allow_head=False)
        router.add_route("*", PATH, other_method("GET"))

    async def _bundle(self, request: web.Request) -> web.Response:
        desk, peer = self._desk(), self._peers.of(request)
        token = await tokens.authenticate(
            desk, path_of(request), bodies.bearer(request), scope=Scope.DELIVER, peer=peer
        )
        try:
            asked = _asked(request, peer)
            found = await bundles.deliver(desk, self.shared, token, asked)
        except BadParameter as error:
            return self.error(BAD, 400, error.code, words.PARAMETERS[error.code])
        except NotDelivered as error:
            status, sentence = words.not_delivered(error)
            return self.error(BAD, status, error.reason.value, sentence)
        headers = {"ETag": found.etag, REVISION: str(found.revision), "Cache-Control": "no-store"}
        if found.frozen_until is not None:
            headers[FROZEN_UNTIL] = found.frozen_until.isoformat()
        if found.document is None:
            self.outcomes[UNCHANGED] += 1
            return web.Response(status=304, headers=headers)
        self.outcomes[DELIVERED] += 1
        log.info("bundle_delivered", form=asked.form.value, revision=found.revision)
        return web.Response(
            text=found.document.text.get_secret_value(), content_type=found.document.media_type, headers=headers
        )


def _asked(request: web.Request, peer: str | None) -> Asked:
    """Read the query and If-None-Match (RFC 9110, 13.1.2). Raises :class:`BadParameter`."""
    given = request.query
    if given.keys() - _PARAMETERS or len(given) > len(set(given)):
        raise BadParameter("unknown_parameter")
    with suppress(ValueError):
        return Asked(
            form=Form(given.get("form", Form.JSON)),
            peer=peer,
            etags=frozenset(re.findall(r'(?:W/)?"[^"]{0,200}"', ",".join(request.headers.getall("If-None-Match", [])))),
            revision=_number(given.get("revision"), "bad_revision"),
            wait=_wait(given.get("wait")),
            directory=given.get("directory", ""),
        )
    raise BadParameter("unknown_form")


def _wait(text: str | None) -> int:
    seconds = _number(text, "bad_wait") or 0
    if seconds > LONGEST_WAIT:
        raise BadParameter("bad_wait")
    return seconds


def _number(text: str | None, code: str) -> int | None:
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise BadParameter(code)
    return int(text)
