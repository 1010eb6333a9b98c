"""What all pages have in common: templates, headers that keep others out, and a page for whatever is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import uuid4

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web
from structlog.contextvars import bound_contextvars

from bot.desk.base.desk import Desk, People
from bot.desk.base.errors import DeskError
from bot.desk.delivery.page_links import BadLink, Flaw
from bot.desk.delivery.refusals import NotDelivered
from bot.desk.restarts.tokens import Refusals
from bot.pages import words
from bot.peers import Peers
from store import Unavailable, audit

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HERE = Path(__file__).parent
TOKEN = "{token:[A-Za-z0-9_-]{43}}"  # noqa: S105  a pattern
FORM_BYTES = 4096
_SECONDS = 10.0
# Nobody else's script, style, frame or form; nothing is kept, and no other site learns of the address.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Refused(Exception):
    """The page shows a sentence instead, with that status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Pages:
    """What handlers of pages work with; ``desk`` and ``people`` give what they need once the app has started.

    ``sentence`` says an error of the desk in plain text, as Slack's windows do.
    """

    def __init__(
        self,
        desk: Callable[[], Desk],
        people: Callable[[], People],
        peers: Peers,
        sentence: Callable[[DeskError], str],
    ) -> None:
        self.sentence = sentence
        self._desk = desk
        self._people = people
        self._peers = peers
        self._refusals = Refusals()

    @property
    def desk(self) -> Desk:
        """Return the desk."""
        return self._desk()

    @property
    def people(self) -> People:
        """Return whoever knows what people may."""
        return self._people()

    def set_up(self, app: web.Application) -> None:
        """Load the templates, and serve what they need."""
        loader = jinja2.FileSystemLoader(_HERE / "templates")
        aiohttp_jinja2.setup(app, loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        for name in ("page.css", "page.js", "icon.svg"):
            app.router.add_get(f"/pages/{name}", _file(_HERE / "static" / name))

    def peer(self, request: web.Request) -> str:
        """Return the address that the request comes from."""
        return self._peers.of(request) or ""

    def guarded(self, handler: Handler) -> Handler:
        """Return the handler: whatever it raises becomes a page, and events know where they come from."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            number, peer = uuid4().hex[:12], self.peer(request)
            with bound_contextvars(request_id=number, peer=peer), audit.coming_from(f"page:{peer}:{number}"):
                try:
                    return await handler(request)
                except BadLink as error:
                    return await self._bad_link(request, error.flaw)
                except Exception as error:
                    return refused(request, *self._status_and_sentence(error, number))

        return guarded

    def _status_and_sentence(self, error: Exception, number: str) -> tuple[int, str]:
        if isinstance(error, Refused):
            return error.status, error.sentence
        if isinstance(error, NotDelivered):
            return 409, words.CANNOT_PACK.format(**error.detail)
        if isinstance(error, DeskError):
            log.info("page_refused", kind=type(error).__name__)
            return 403, self.sentence(error)
        if isinstance(error, Unavailable):
            log.warning("store_away", reason=error.reason)
            return 503, words.AWAY
        log.error("page_failed", kind=type(error).__name__)  # its text may hold what was sent
        return 500, words.UNEXPECTED.format(number)

    async def _bad_link(self, request: web.Request, flaw: Flaw) -> web.Response:
        if flaw is Flaw.UNKNOWN:
            try:
                await self._refusals.record(self.desk, "", what="page")
            except Unavailable as away:  # the answer is the same; the log has it
                log.warning("refusal_not_recorded", reason=away.reason)
        status, sentence = words.FLAWS[flaw]
        return refused(request, status, sentence)


def page(request: web.Request, template: str, facts: Mapping[str, object], status: int = 200) -> web.Response:
    """Render a page that nobody keeps; ``facts`` are escaped."""
    # Relative, for a proxy may serve Certdesk below a path of its own.
    root = "/".join([".."] * (request.path.count("/") - 1))
    answer = aiohttp_jinja2.render_template(template, request, {"root": root, **facts}, status=status)
    answer.headers.update(_HEADERS)
    return answer


def refused(request: web.Request, status: int, sentence: str) -> web.Response:
    """Return a page that says why there is nothing."""
    return page(request, "refused.html", {"sentence": sentence}, status)


def attachment(body: bytes, name: str, content_type: str) -> web.Response:
    """Return a file to save; ``name`` is ASCII without quotes."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=content_type, headers={**_HEADERS, **disposition})


async def form(request: web.Request) -> dict[str, str]:
    """Return the fields of a short form. Raises Refused."""
    if (request.content_length or 0) > FORM_BYTES or request.content_type != "application/x-www-form-urlencoded":
        raise Refused(400, words.UNREADABLE)
    try:
        async with asyncio.timeout(_SECONDS):
            sent = await request.content.read(FORM_BYTES + 1)
            while len(sent) <= FORM_BYTES and (more := await request.content.read(FORM_BYTES + 1 - len(sent))):
                sent += more
    except Exception:  # slow, or broken: this may be anybody's
        raise Refused(400, words.UNREADABLE) from None
    if len(sent) > FORM_BYTES:
        raise Refused(400, words.UNREADABLE)
    return dict(_fields(sent))


def _fields(sent: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(sent.decode("ascii"), keep_blank_values=True, max_num_fields=20, encoding="utf-8")
    except ValueError:
        raise Refused(400, words.UNREADABLE) from None


def _file(path: Path) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers={**_HEADERS, "Cache-Control": "public, max-age=3600"})

    return answer
