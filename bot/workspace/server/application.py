"""The workspace's HTTP server: the Web API, files, answers, sockets, and the page. Loopback only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.workspace.core.core import Core
from bot.workspace.core.faults import DOWNLOAD
from bot.workspace.server import page_api, response_urls
from bot.workspace.web_api import dispatch

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = Path(__file__).parent.parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LOGIN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to your workspace</body></html>"
_LARGEST_UPLOAD = 64 * 1024 * 1024


def create(core: Core) -> web.Application:
    """Everything that the workspace serves."""
    app = web.Application(client_max_size=_LARGEST_UPLOAD, middlewares=[_loopback_only])
    app.router.add_route("*", "/api/{method}", partial(dispatch.serve, core))
    app.router.add_get("/files/{id}/download", partial(_download, core))
    app.router.add_post("/respond/{id}", partial(response_urls.serve, core))
    app.router.add_get("/link", core.sockets.serve)
    page_api.add_routes(app, core)
    app.router.add_get("/", _index)
    app.router.add_static("/", PAGE)
    return app


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Names that resolve to loopback are a way in for other pages (DNS rebinding): only loopback's own are taken."""
    if not _is_loopback(urlsplit(f"//{request.host}").hostname or ""):
        return web.Response(status=421, text="This workspace answers on loopback only.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return web.Response(status=403, text="Another page may not act here.")
    response = await handler(request)
    if not response.prepared:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _download(core: Core, request: web.Request) -> web.Response:
    """A file's bytes; without the right bearer or scope, status 200 and a login page, as at Slack."""
    if (fault := core.faults.next(DOWNLOAD)) is not None:
        await asyncio.sleep(fault.delay)
        if fault.status != 200:
            return web.Response(status=fault.status, headers=fault.headers)
    file = core.state.files.get(request.match_info["id"])
    bearer = request.headers.get("Authorization", "")
    if bearer != f"Bearer {core.bot_token}" or "files:read" not in core.scopes:
        return web.Response(text=_LOGIN, content_type="text/html")
    if file is None or file.deleted or file.foreign:
        return web.Response(status=404)
    return web.Response(body=file.data, content_type="application/octet-stream")
