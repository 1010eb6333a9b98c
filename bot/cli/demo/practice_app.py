"""The practice app: two instances that run under ``certdesk exec``, and a page that shows what they loaded.

A person gives it a delivery token, as whoever operates an app would. It knows of the desk what any app knows.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.cli.demo.calling import NOW, PARTNER

INSTANCES = ("orders-1", "orders-2")
_PAGES = Path(__file__).parents[2] / "pages" / "static"
_LONGEST = 300
_GRACE = 15.0


@dataclass
class Instance:
    """An instance of the app: what it last said, and what ``certdesk exec`` printed last."""

    name: str
    process: asyncio.subprocess.Process | None = None
    revision: int | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    printed: str = ""
    reading: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Return whether its process runs."""
        return self.process is not None and self.process.returncode is None


class PracticeApp:
    """``desk_url`` is where the desk is, ``partner`` (``host:port``) whom it calls, ``now`` the time for both."""

    def __init__(self, desk_url: str, partner: str, now: Callable[[], datetime]) -> None:
        self._desk_url = desk_url
        self._partner = partner
        self._now = now
        self._environment, self._token = "orders/production", ""
        self._instances = [Instance(name) for name in INSTANCES]
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> str:
        """Serve the page on loopback, and return its address."""
        app = web.Application()
        loader = jinja2.FileSystemLoader(Path(__file__).parent / "page")
        aiohttp_jinja2.setup(app, loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        app.router.add_get("/", self._page)
        app.router.add_post("/start", self._start)
        app.router.add_post("/restart", self._restart)
        for name in ("page.css", "icon.svg"):
            app.router.add_get(f"/{name}", _file(_PAGES / name))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """End the instances and the page."""
        await asyncio.gather(*(_ended(one) for one in self._instances))
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        facts = {
            "instances": self._instances,
            "environment": self._environment,
            "partner": self._partner,
            "is_started": bool(self._token),
        }
        return aiohttp_jinja2.render_template("app.html", request, facts)

    async def _start(self, request: web.Request) -> web.Response:
        sent = await _form(request)
        environment, token = sent.get("environment", "").strip(), sent.get("token", "").strip()
        if environment and token:
            self._environment, self._token = environment, token
            await self._again(self._instances)
        raise web.HTTPSeeOther("/")

    async def _restart(self, request: web.Request) -> web.Response:
        name = (await _form(request)).get("instance", "")
        await self._again([one for one in self._instances if not name or one.name == name])
        raise web.HTTPSeeOther("/")

    async def _again(self, several: list[Instance]) -> None:
        """Restart instances, one after the other, as platforms do."""
        if not self._token:
            return
        for one in several:
            await _ended(one)
            one.revision, one.calls, one.printed = None, [], ""
            one.process = await self._executed(one.name)
            one.reading = [asyncio.create_task(_read(one)), asyncio.create_task(_read_errors(one))]

    async def _executed(self, name: str) -> asyncio.subprocess.Process:
        """Start the program as an operator would write it down."""
        environment = {
            **os.environ,
            "CERTDESK_URL": self._desk_url,
            "CERTDESK_TOKEN": self._token,
            PARTNER: self._partner,
            NOW: self._now().isoformat(),
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "exec", "--environment", self._environment, "--instance", name),
            *("--wait", "5", "--", sys.executable, "-m", "bot.cli.demo.calling"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def answer(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return answer


async def _form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form of our own page: a page elsewhere must not start programs here."""
    origin = request.headers.get("Origin", "")
    if request.host.rpartition(":")[0] != "127.0.0.1" or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden
    return {name: str(value) for name, value in (await request.post()).items()}


async def _ended(one: Instance) -> None:
    """Ask it to end, and wait until it has."""
    if one.process is not None and one.is_running:
        with suppress(ProcessLookupError):
            one.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE):
                await one.process.wait()
        except TimeoutError:
            one.process.kill()
            await one.process.wait()
    for task in one.reading:
        task.cancel()


async def _read(one: Instance) -> None:
    if one.process is None or one.process.stdout is None:
        return
    while line := await one.process.stdout.readline():
        with suppress(ValueError):
            said = json.loads(line)
            one.revision, one.calls = int(said["revision"]), list(said["calls"])


async def _read_errors(one: Instance) -> None:
    if one.process is None or one.process.stderr is None:
        return
    while line := await one.process.stderr.readline():
        one.printed = line.decode("utf-8", "replace").strip()[:_LONGEST]
