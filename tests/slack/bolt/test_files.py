"""Downloads: the token goes to allowed hosts only, and a page is never taken for a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.desk.base.errors import FileTrouble
from bot.slack import SlackFiles

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Shelf = Callable[..., Awaitable[SlackFiles]]


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    """Makes a SlackFiles whose one file is served by a handler, with an API that knows nothing else."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def make(
            handler: Handler, *, allowed: bool = True, port: bool = True, file: dict[str, Any] | None = None
        ) -> SlackFiles:
            app = web.Application()
            runner = web.AppRunner(app, access_log=None)

            async def info(_request: web.Request) -> web.Response:
                host, port = runner.addresses[0][:2]
                made = {"name": "f", "size": 1, "url_private_download": f"http://{host}:{port}/file", **(file or {})}
                return web.json_response({"ok": True, "file": made})

            app.router.add_route("*", "/api/files.info", info)
            app.router.add_get("/file", handler)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            here = f"127.0.0.1:{runner.addresses[0][1]}"
            client = AsyncWebClient(token="xoxb-t", base_url=f"http://{here}/api/", session=http)
            hosts = frozenset({here if port else "127.0.0.1"}) if allowed else frozenset({"files.slack.com"})
            return SlackFiles(client=client, http=http, token=SecretStr("xoxb-t"), hosts=hosts, most=1000)

        yield make


async def _refused(files: SlackFiles) -> str:
    with pytest.raises(FileTrouble) as caught:
        await files.fetch("F1")
    return caught.value.reason


async def test_bytes_come_with_the_token(shelf: Shelf) -> None:
    """The bearer header is sent."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=request.headers["Authorization"].encode())

    assert await (await shelf(handler)).fetch("F1") == b"Bearer xoxb-t"


async def test_another_host_gets_no_token(shelf: Shelf) -> None:
    """It is not even asked."""
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response()

    assert await _refused(await shelf(handler, allowed=False)) == "foreign"
    assert asked == []


async def test_another_port_of_the_host_gets_no_token(shelf: Shelf) -> None:
    """A host that is allowed by its name alone is asked at the port of its scheme, where Slack listens."""
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response()

    assert await _refused(await shelf(handler, port=False)) == "foreign"
    assert asked == []


@pytest.mark.parametrize("target", ["http://evil.example/x", "//evil.example/x", "https://127.0.0.1@evil.example/"])
async def test_a_redirect_elsewhere_is_not_followed(shelf: Shelf, target: str) -> None:
    """Redirects are followed by hand, on allowed hosts."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    assert await _refused(await shelf(handler)) == "foreign"


async def test_a_redirect_here_is_followed_with_the_token(shelf: Shelf) -> None:
    """But not for ever."""

    async def once(request: web.Request) -> web.Response:
        if "again" in request.query:
            return web.Response(body=b"bytes" if request.headers.get("Authorization") else b"")
        return web.Response(status=302, headers={"Location": "/file?again"})

    async def always(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/file"})

    assert await (await shelf(once)).fetch("F1") == b"bytes"
    assert await _refused(await shelf(always)) == "unreachable"


async def test_a_login_page_is_not_a_file(shelf: Shelf) -> None:
    """Slack answers a missing scope with 200 and a page; a file that is a page itself is a file."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    assert await _refused(await shelf(handler)) == "login_page"
    page = await shelf(handler, file={"mimetype": "text/html"})
    assert await page.fetch("F1") == b"<html>Sign in</html>"


@pytest.mark.parametrize(("status", "reason"), [(404, "gone"), (403, "login_page"), (500, "unreachable")])
async def test_statuses(shelf: Shelf, status: int, reason: str) -> None:
    """Each is one of the reasons that have a sentence."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    assert await _refused(await shelf(handler)) == reason


async def test_a_file_that_grows_is_cut_off(shelf: Shelf) -> None:
    """Whatever Slack said of its size, reading stops at the limit."""

    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(20):
            await answer.write(bytes(100))
        return answer

    assert await _refused(await shelf(handler)) == "too_large"
    said = await shelf(handler, file={"size": 5000})
    assert await _refused(said) == "too_large"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ({"mode": "tombstone"}, "gone"),
        ({"file_access": "check_file_info"}, "foreign"),
        ({"is_external": True}, "link"),
    ],
)
async def test_files_that_are_not_ours_to_read(shelf: Shelf, file: dict[str, Any], reason: str) -> None:
    """Known from what Slack says about them."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    assert await _refused(await shelf(handler, file=file)) == reason
