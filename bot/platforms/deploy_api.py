"""The Mendix Deploy API, version 1 (docs.mendix.com, "Deploy API – Version 1"). There is no restart in it: an app is
stopped, then started, and the job that starts it is asked until it has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr

from bot.desk.base.platforms import NO_SUCH_JOB, STARTS_ALREADY, STOP_FAILED, Begun, DidNotStart, Refused, Unclear
from bot.platforms.calling import Answer, call
from store import AppState

ALREADY_STARTED = "ALREADY_STARTED"
DID_NOT_START = frozenset(
    {
        "NO_PACKAGE",
        "ALREADY_LOCKED",
        "DB_SYNC_FAILED",
        "INVALID_DB_STRUCTURE",
        "MISSING_CONSTANT",
        "INSECURE_ADMIN_PASSWORD",
        "STARTUP_ACTION_FAILED",
        "START_FAILED",
    }
)
"""How a job that starts an app says that it did not."""
DOCUMENTED = DID_NOT_START | {
    ALREADY_STARTED,
    NO_SUCH_JOB,
    STARTS_ALREADY,
    STOP_FAILED,
    "APP_NOT_FOUND",
    "ENVIRONMENT_NOT_FOUND",
    "INVALID_APPID",
    "INVALID_ENVIRONMENT",
    "INVALID_PARAMETERS",
    "NO_MDA_HAS_BEEN_DEPLOYED",
}
"""What its documentation calls the errors of the calls that are made here."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_STATES = {"Running": AppState.RUNNING, "Stopped": AppState.STOPPED, "Empty": AppState.STOPPED}


@dataclass(frozen=True, slots=True)
class DeployApi:
    """An environment of a licensed app; ``mode`` is Test, Acceptance, Production, or a flexible environment's name."""

    session: aiohttp.ClientSession
    base: str
    app: str
    mode: str
    username: str
    api_key: SecretStr = field(repr=False)

    async def stop(self) -> None:
        """See :class:`bot.desk.base.platforms.Platform`. A good answer has no body that says anything."""
        answer = await self._call("POST", "/stop")
        if answer.body.strip() and answer.json is None:
            raise Unclear("not_json")

    async def start(self) -> Begun:
        """See :class:`bot.desk.base.platforms.Platform`."""
        try:
            answer = await self._call("POST", "/start", {"AutoSyncDb": True})
        except Refused as refused:
            if refused.name == ALREADY_STARTED:
                return Begun(running=True)
            raise
        job = (answer.json or {}).get("JobId")
        if not isinstance(job, str) or not 0 < len(job) <= 200:
            raise Unclear("no_job" if answer.json is not None else "not_json")
        return Begun(running=False, job=job)

    async def started(self, job: str) -> bool:
        """See :class:`bot.desk.base.platforms.Platform`."""
        try:
            answer = await self._call("GET", f"/start/{quote(job, safe='')}")
        except Refused as refused:
            if refused.name == ALREADY_STARTED:
                return True
            raise
        status = _text(answer, "Status")
        if status not in {"Starting", "Started"}:
            raise Unclear("not_json" if answer.json is None else "no_status")
        return status == "Started"

    async def state(self) -> AppState:
        """See :class:`bot.desk.base.platforms.Platform`."""
        answer = await self._call("GET", "")
        if answer.json is None:
            raise Unclear("not_json")
        return _STATES.get(_text(answer, "Status"), AppState.UNKNOWN)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        url = f"{self.base}/apps/{quote(self.app, safe='')}/environments/{quote(self.mode, safe='')}{path}"
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Mendix-Username": self.username,
            "Mendix-ApiKey": self.api_key.get_secret_value(),
        }
        sent = None if method == "GET" else json.dumps(body or {}).encode()
        answer = await call(self.session, method, url, headers=headers, body=sent)
        if (name := _error_name(answer)) or answer.status >= 400:
            raise _trouble(answer.status, name)
        return answer


def _trouble(status: int, name: str) -> Refused | Unclear:
    """Return what an error means: a documented name is a clear answer, whatever the status; so is any refusal."""
    if name in DID_NOT_START:
        return DidNotStart(name)
    if name in DOCUMENTED or status < 500:
        return Refused(name or f"http_{status}")
    return Unclear(name or f"http_{status}")


def _error_name(answer: Answer) -> str:
    found = next((value for key, value in (answer.json or {}).items() if key.lower() == "errorcode"), "")
    return found if isinstance(found, str) and _NAME.fullmatch(found) else ""


def _text(answer: Answer, name: str) -> str:
    found = (answer.json or {}).get(name)
    return found if isinstance(found, str) else ""
