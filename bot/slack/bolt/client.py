"""The Web API client: it honours Slack's rate limits per method, and counts calls and retries.

Where Slack answers 429, nobody in this process calls that method before ``Retry-After`` is over; who acts for a person
waits for that, as long as it makes sense. What may have been done is not done again unasked: after a server error or a
lost connection, a message is not posted a second time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from store import Unavailable

log = structlog.get_logger(__name__)

# Slack's reasons for which a message cannot be shown in a channel.
ABSENT = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived"})

RESPONSE_URL, OTHER = "response_url", "other"
METHODS = (
    "auth.test",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.info",
    "conversations.members",
    "files.delete",
    "files.info",
    "team.info",
    "usergroups.list",
    "usergroups.users.list",
    "users.conversations",
    "users.info",
    "users.list",
    "views.open",
    "views.publish",
    "views.update",
    RESPONSE_URL,
    OTHER,
)
OK, REFUSED, RATE_LIMITED, FAILED, UNREACHABLE = "ok", "refused", "rate_limited", "failed", "unreachable"
OUTCOMES = (OK, REFUSED, RATE_LIMITED, FAILED, UNREACHABLE)
AGAIN = frozenset({RATE_LIMITED, FAILED, UNREACHABLE})
"""Outcomes after which a call may be tried again."""

# A second post is a second message; everything else can be done twice without anybody seeing it.
_ONCE = frozenset({"chat.postMessage", "chat.postEphemeral"})
_BY_TRIGGER = frozenset({"views.open", "views.push"})
_TRIGGER_SECONDS, _PATIENCE_SECONDS = 2.0, 30.0
_CALL_SECONDS = 12.0
_AGAIN_AFTER_SECONDS = 30.0
# docs.slack.dev on both: "It's possible some aspect of the operation succeeded before the error was raised."
_UNCERTAIN = frozenset({"internal_error", "fatal_error"})


class Paused(SlackApiError):
    """Slack limits the rate of ``method`` for ``seconds``; the call was refused, or not made."""

    def __init__(self, method: str, seconds: float) -> None:
        answer = {"ok": False, "error": "ratelimited"}
        super().__init__(f"{method} is paused", answer)  # type: ignore[no-untyped-call]  # slack_sdk leaves it so
        self.method = method
        self.seconds = seconds


class RateLimits:
    """The rate limits and counters of one process: pauses per method, on the process's own clock."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.retries: Counter[tuple[str, str]] = Counter()
        self._until: dict[str, float] = {}

    def left(self, method: str) -> float:
        """Return for how many seconds the method must not be called."""
        return max(self._until.get(method, 0.0) - _now(), 0.0)

    def keep_away(self, method: str, seconds: float) -> None:
        """Remember that Slack asked for a pause of ``seconds`` just now."""
        self._until[method] = max(self._until.get(method, 0.0), _now() + seconds)

    async def free(self, method: str, give_up: float) -> None:
        """Wait until the method may be called; raise :class:`Paused` if that is not before ``give_up``."""
        while left := self.left(method):
            if _now() + left > give_up:
                raise Paused(method, left)
            await asyncio.sleep(left)

    def count(self, method: str, outcome: str) -> None:
        """Count a call that ended with ``outcome``."""
        self.calls[_known(method), outcome] += 1

    def count_retry(self, method: str, outcome: str) -> None:
        """Count a call that is tried again after ``outcome``."""
        self.retries[_known(method), outcome] += 1


class Client(AsyncWebClient):
    """The client for what people wait for. ``told`` is called with each pause, such as to tell other replicas."""

    def __init__(
        self,
        *,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        rate_limits: RateLimits | None = None,
        told: Callable[[str, float], Awaitable[None]] | None = None,
    ) -> None:
        self.rate_limits = rate_limits or RateLimits()
        self._told = told
        super().__init__(token=token, base_url=base_url, session=session, retry_handlers=_handlers(self.rate_limits))

    async def api_call(self, api_method: str, **kwargs: Any) -> Any:
        """Call as soon as the method may be called; raise :class:`Paused` if that takes too long."""
        give_up = _now() + (_TRIGGER_SECONDS if api_method in _BY_TRIGGER else _PATIENCE_SECONDS)
        while True:
            await self.rate_limits.free(api_method, give_up)
            try:
                return await self.once(api_method, **kwargs)
            except Paused as paused:
                if self._told is not None:
                    await self._told(api_method, paused.seconds)
                if _now() + paused.seconds > give_up:
                    raise
                self.rate_limits.count_retry(api_method, RATE_LIMITED)

    async def once(self, api_method: str, **kwargs: Any) -> Any:
        """Call at once; raise :class:`Paused` on 429, TimeoutError, and what slack_sdk raises."""
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                answer = await super().api_call(api_method, **kwargs)
        except Paused:  # a retry that would have come inside somebody else's pause
            self.rate_limits.count(api_method, RATE_LIMITED)
            raise
        except SlackApiError as error:
            outcome = _outcome(error)
            self.rate_limits.count(api_method, outcome)
            if outcome == RATE_LIMITED:
                raise self._paused(api_method, getattr(error.response, "headers", {})) from None
            raise
        except Exception:
            self.rate_limits.count(api_method, UNREACHABLE)
            raise
        self.rate_limits.count(api_method, OK)
        return answer

    async def answer(self, url: str, body: dict[str, Any]) -> None:
        """Answer through a ``response_url`` as soon as Slack allows it; log what it refuses."""
        assert self.session is not None  # noqa: S101  the constructor wants one
        webhook = AsyncWebhookClient(
            url, session=self.session, retry_handlers=_handlers(self.rate_limits, RESPONSE_URL)
        )
        give_up = _now() + _PATIENCE_SECONDS
        while True:
            await self.rate_limits.free(RESPONSE_URL, give_up)
            try:
                async with asyncio.timeout(_CALL_SECONDS):
                    sent = await webhook.send_dict(body)
            except Exception:
                self.rate_limits.count(RESPONSE_URL, UNREACHABLE)
                raise
            if sent.status_code != 429:
                break
            self.rate_limits.count(RESPONSE_URL, RATE_LIMITED)
            self._paused(RESPONSE_URL, sent.headers)
            self.rate_limits.count_retry(RESPONSE_URL, RATE_LIMITED)
        self.rate_limits.count(RESPONSE_URL, OK if sent.status_code == 200 else REFUSED)
        if sent.status_code != 200:
            log.warning("response_url_refused", status=sent.status_code)

    def _paused(self, method: str, headers: Mapping[str, Any]) -> Paused:
        seconds = _retry_after(headers)
        self.rate_limits.keep_away(method, seconds)
        return Paused(method, seconds)


class _RateLimited(AsyncRetryHandler):
    """A retry handler that counts, keeps pauses, and never repeats what may be done only once."""

    def __init__(self, rate_limits: RateLimits, method: str | None) -> None:
        super().__init__(max_retry_count=2)
        self._rate_limits = rate_limits
        self._method = method

    def _of(self, request: HttpRequest) -> str:
        return self._method or request.url.rsplit("/", 1)[-1]

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        again = await super().can_retry_async(state=state, request=request, response=response, error=error)
        return again and self._of(request) not in _ONCE

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        method = self._of(request)
        self._rate_limits.count_retry(method, UNREACHABLE if response is None else FAILED)
        await super().prepare_for_next_attempt_async(state=state, request=request, response=response, error=error)
        try:
            await self._rate_limits.free(method, _now() + _TRIGGER_SECONDS)
        except Paused:
            state.next_attempt_requested = False
            raise


class _AfterLostConnections(_RateLimited, AsyncConnectionErrorRetryHandler):
    pass


class _AfterServerErrors(_RateLimited, AsyncServerErrorRetryHandler):
    pass


def _handlers(rate_limits: RateLimits, method: str | None = None) -> list[AsyncRetryHandler]:
    return [_AfterLostConnections(rate_limits, method), _AfterServerErrors(rate_limits, method)]


def surely_not_done(error: BaseException) -> bool:
    """Return whether a call that ended like this surely did nothing: Slack refused it, or was never asked."""
    if not isinstance(error, SlackApiError):
        return isinstance(error, aiohttp.ClientConnectorError | Unavailable)
    status = getattr(error.response, "status_code", None)
    refused = status == 200 and bool(slack_reason(error)) and slack_reason(error) not in _UNCERTAIN
    return isinstance(error, Paused) or refused or (status is not None and 400 <= status < 500)


def failure_name(error: Exception) -> str:
    """Return a name for a failed call, for the outbox: ``slack:`` and Slack's own, ``no_answer``, or the error's."""
    if isinstance(error, SlackApiError) and getattr(error.response, "status_code", 0) == 200 and slack_reason(error):
        return f"slack:{slack_reason(error)}"
    if isinstance(error, SlackApiError | aiohttp.ClientError | TimeoutError):
        return "no_answer"
    return type(error).__name__


def slack_reason(error: SlackApiError) -> str:
    """Return Slack's name for the error, such as ``file_not_found``; empty if it gave none."""
    answer = getattr(error.response, "data", error.response)
    return str(answer.get("error") or "") if isinstance(answer, dict) else ""


def _outcome(error: SlackApiError) -> str:
    status = getattr(error.response, "status_code", 0)
    if status == 429:
        return RATE_LIMITED
    return FAILED if status >= 500 else REFUSED


def _retry_after(headers: Mapping[str, Any]) -> float:
    found = str(next((value for name, value in headers.items() if name.lower() == "retry-after"), ""))
    return float(found) if found.isdigit() else _AGAIN_AFTER_SECONDS


def _known(method: str) -> str:
    return method if method in METHODS else OTHER


def _now() -> float:
    return asyncio.get_running_loop().time()
