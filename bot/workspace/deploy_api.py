"""A stand-in for the cloud that apps run in: it stops and starts apps, and tells the state of a start. Loopback only.

It speaks version 1 of Mendix's Deploy API (docs.mendix.com, "Deploy API – Version 1"). Any app and any account exist,
except where :class:`DeployApi` is told otherwise. Some app ids behave badly, to show how Certdesk reacts:
``never-stops``, ``never-starts``, ``never-ends`` (its job goes on and on) and ``says-nothing`` (to its start).
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import web

STOP, START, JOB, STATE = "stop", "start", "job", "state"
NEVER_STOPS, NEVER_STARTS, NEVER_ENDS, SAYS_NOTHING = "never-stops", "never-starts", "never-ends", "says-nothing"
BAD_APPS = (NEVER_STOPS, NEVER_STARTS, NEVER_ENDS, SAYS_NOTHING)

Trouble = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class App:
    """An environment of an app: its state, and the job that starts it. ``ready_at`` is on the monotonic clock."""

    running: bool = True
    job: str = ""
    ready_at: float = 0.0

    def is_running(self) -> bool:
        """Return whether the app runs, and finish its start if that is due."""
        if self.job and time.monotonic() >= self.ready_at:
            self.running, self.job = True, ""
        return self.running


@dataclass
class DeployApi:
    """The stand-in. ``stop_seconds`` and ``start_seconds`` are how long an app takes.

    Kept for tests to look at: ``calls``, as (operation, app). To be changed by them: ``troubles`` come instead of an
    answer, one after the other by operation; ``accounts`` are user names and keys, where not everyone may come in.
    """

    stop_seconds: float = 0.0
    start_seconds: float = 0.0
    accounts: dict[str, str] | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    troubles: dict[str, deque[Trouble]] = field(default_factory=lambda: defaultdict(deque))
    apps: dict[str, App] = field(default_factory=lambda: defaultdict(App))
    done: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on loopback, and return the base address of the API."""
        server = web.Application()
        path = "/api/1/apps/{app}/environments/{mode}"
        server.router.add_post(path + "/stop", self._serve(STOP, self._stop))
        server.router.add_post(path + "/start", self._serve(START, self._start))
        server.router.add_get(path + "/start/{job}", self._serve(JOB, self._job))
        server.router.add_get(path, self._serve(STATE, self._state))
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/1"
        return self.base_url

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _serve(self, operation: str, handler: Trouble) -> Trouble:
        async def serve(request: web.Request) -> web.Response:
            self.calls.append((operation, request.match_info["app"]))
            if self.troubles[operation]:
                return await self.troubles[operation].popleft()(request)
            user, key = request.headers.get("Mendix-Username"), request.headers.get("Mendix-ApiKey")
            if not user or not key or (self.accounts is not None and self.accounts.get(user) != key):
                return web.Response(status=401, text="Unauthorized")
            return await handler(request)

        return serve

    async def _stop(self, request: web.Request) -> web.Response:
        name = request.match_info["app"]
        await asyncio.sleep(self.stop_seconds)
        if name == NEVER_STOPS:
            return failure(500, "STOP_FAILED", "Cannot stop app: it does not answer")
        self.apps[name].running, self.apps[name].job = False, ""
        return web.json_response({})

    async def _start(self, request: web.Request) -> web.Response:
        name = request.match_info["app"]
        app = self.apps[name]
        if app.is_running():
            return failure(200, "ALREADY_STARTED", "Cannot start app. App is already running.")
        if app.job:
            return failure(500, "APP_ALREADY_HAS_A_STARTING_JOB", "There is already a starting job id found.")
        if name == SAYS_NOTHING:
            await asyncio.sleep(3600)
        app.job = str(uuid4())
        never = name in {NEVER_STARTS, NEVER_ENDS}
        app.ready_at = time.monotonic() + (float("inf") if never else self.start_seconds)
        self.done[app.job] = name
        return web.json_response({"JobId": app.job})

    async def _job(self, request: web.Request) -> web.Response:
        name, job = request.match_info["app"], request.match_info["job"]
        if self.done.get(job) != name:
            return failure(404, "NO_SUCH_STARTJOB", "Job not found.")
        if name == NEVER_STARTS:
            self.apps[name].job = ""
            return failure(500, "STARTUP_ACTION_FAILED", "Cannot start app. Startup action failed.")
        return web.json_response({"Status": "Started" if self.apps[name].is_running() else "Starting"})

    async def _state(self, request: web.Request) -> web.Response:
        name, mode = request.match_info["app"], request.match_info["mode"]
        status = "Running" if self.apps[name].is_running() else "Stopped"
        return web.json_response({"Status": status, "EnvironmentId": f"{name}-{mode}", "Mode": mode})


def failure(status: int, code: str, message: str = "") -> web.Response:
    """Return an error in the API's shape."""
    return web.json_response({"errorCode": code, "errorMessage": message}, status=status)
