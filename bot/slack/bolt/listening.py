"""How every listener runs: counted while it does, with a request id in the logs, and never silent when it fails."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from structlog.contextvars import bound_contextvars

from bot.desk.base import refusals
from bot.desk.base.errors import DeskError, NotHere, RestartRuns
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.client import Paused, slack_reason
from bot.slack.kit import errors
from bot.slack.kit.errors import Voice
from store import Tampered, Unavailable, audit

log = structlog.get_logger(__name__)

Handler = Callable[[Call], Awaitable[None]]
Listener = Callable[..., Coroutine[Any, Any, None]]

_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})


def acknowledged(context: Context, handler: Handler) -> Listener:
    """Wrap a handler of commands and clicks: Slack is acknowledged at once, the person is answered afterwards."""

    async def first_ack(call: Call) -> None:
        await call.ack()
        await _as_one_of_ours(call, handler)

    return _listener(context, first_ack, handler.__name__)


def submission(context: Context, handler: Handler) -> Listener:
    """Wrap a handler of submitted modals, whose acknowledgement is the answer and is given by the handler.

    Where that takes too long, the form says so, and is answered afterwards.
    """

    async def asked(call: Call) -> None:
        # Slack itself may take longer to say who asks than it waits for us.
        await call.keep(context.tracker.spawn(_as_one_of_ours(call, handler)))

    return _listener(context, asked, handler.__name__)


async def _as_one_of_ours(call: Call, handler: Handler) -> None:
    """Run a handler for members and guests; nobody else sees what it would show.

    A button in a channel is for who is in it: a public channel is seen by people who are not, or not any more. Admins
    need not be. Raises NotOurs, UnknownPerson, NotHere, UnknownMembers.
    """
    member = await call.member()
    member.must_belong()
    if call.is_click and call.asked_in and not member.is_admin:
        await member.channels.ask(call.asked_in)
        if not member.channels.has(call.asked_in):
            raise NotHere
    await handler(call)


def _listener(context: Context, handler: Handler, name: str) -> Listener:
    async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
        call = Call(context, body, ack, asyncio.get_running_loop().time())
        with bound_contextvars(request_id=call.id, listener=name), audit.coming_from(_where(call)):
            await _guarded(call, handler, name)

    return context.tracker.track(listen)


def _where(call: Call) -> str:
    """Return the origin for the audit trail: the channel, or ``modal``, and the request's id."""
    return f"slack:{call.channel or 'modal'}:{call.id}"


async def _guarded(call: Call, handler: Handler, name: str) -> None:
    try:
        await handler(call)
    except Exception as error:
        in_form = call.keeps_form and _passes(error)
        text = _sentence(error, call.id, errors.PLAIN if in_form else errors.MARKED)
        await _record(call, error, name)
        try:
            await (call.tell_in_form(text) if in_form else call.tell(text))
        except Exception as second:  # the person cannot be reached either; the log is all there is
            log.warning("person_not_reached", kind=type(second).__name__)


async def _record(call: Call, error: Exception, name: str) -> None:
    """Record a refusal in the audit trail; if that fails, the person is answered all the same."""
    if not isinstance(error, DeskError):
        return
    try:
        await refusals.record(call.desk, error, member=call.member_id, channel=call.channel, what=name)
    except Exception as second:
        log.warning("refusal_not_recorded", kind=type(second).__name__)


def _passes(error: Exception) -> bool:
    """Return whether the same form may go through later, so that nobody has to fill it in again."""
    return isinstance(error, RestartRuns) or not isinstance(error, DeskError)


def _sentence(error: Exception, request_id: str, voice: Voice) -> str:
    if isinstance(error, DeskError):
        return errors.sentence(error, voice)
    if isinstance(error, Unavailable):
        log.warning("store_away", reason=error.reason)
        return errors.away(error)
    if isinstance(error, Tampered):
        log.error("row_changed_behind_our_back", table=error.table, row=error.id)
        return errors.TAMPERED
    if isinstance(error, Paused):
        log.warning("slack_paused", method=error.method, seconds=error.seconds)
        return errors.paused(error.seconds, voice)
    if isinstance(error, SlackApiError) and slack_reason(error) in _TOO_LATE:
        return errors.LATE
    log_failure("listener_failed", error)
    return errors.unexpected(request_id, voice)


def log_failure(event: str, error: BaseException) -> None:
    """Log what kind of error it was and where: its text may hold what somebody typed or uploaded."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames[-4:]]
    reason = slack_reason(error) if isinstance(error, SlackApiError) else ""
    log.error(event, kind=type(error).__name__, reason=reason, where=" > ".join(where))
