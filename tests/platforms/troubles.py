"""Ways in which a platform answers badly, for the stand-in of one."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.workspace.deploy_api import Trouble, failure

HTML = "<!DOCTYPE html><html><body>Sign in</body></html>"


def says(status: int, code: str) -> Trouble:
    """An error as the API gives it."""

    async def answer(_request: web.Request) -> web.Response:
        return failure(status, code, "for a reason")

    return answer


def answers(status: int, text: str = "", *, content_type: str = "text/html", **headers: str) -> Trouble:
    """Anything else."""

    async def answer(_request: web.Request) -> web.Response:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, content_type=content_type, headers=more)

    return answer


async def hangs(_request: web.Request) -> web.Response:
    """Nothing comes, for longer than anybody waits."""
    await asyncio.sleep(60)
    return web.Response()


async def cuts(request: web.Request) -> web.Response:
    """The connection ends in the middle."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
