"""Messages about requests: the one with the buttons, its updates, and that one was declined or has ended."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from store import Environment, Request, Transaction, environments
from store.requests import requests
from store.requests.requests import State

# Of these the person who asked is told in a message of its own: the others are seen by what was changed.
_TOLD = frozenset({State.DECLINED, State.EXPIRED, State.BYPASSED, State.OVERTAKEN})


@dataclass(frozen=True, slots=True)
class RequestCard:
    """Show the channel what would be changed, with the buttons that decide it."""

    request: Request
    environment: Environment


@dataclass(frozen=True, slots=True)
class RequestUpdate:
    """Show in the message that stands what became of the request."""

    request: Request
    environment: Environment
    where: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RequestEnding:
    """Tell the channel, and who asked, that a request was declined, bypassed, or has ended by itself."""

    request: Request
    environment: Environment


async def announce(tx: Transaction, request: Request) -> None:
    """Schedule the request's message, and its end."""
    place, at = request.environment_id, request.asked_at
    await REQUEST.schedule(tx, request.id, key=f"request:{request.id}", at=at, environment_id=place)
    key = f"request-expires:{request.id}"
    await REQUEST_EXPIRES.schedule(tx, request.id, key=key, at=request.expires_at, environment_id=place)


async def announce_end(tx: Transaction, request: Request) -> None:
    """Schedule what people see of a request that has just ended."""
    at, place = request.decided_at or request.asked_at, request.environment_id
    key = f"request-update:{request.id}:{request.state}"
    await REQUEST_UPDATE.schedule(tx, request.id, key=key, at=at, environment_id=place)
    if request.state in _TOLD:
        await REQUEST_ENDING.schedule(tx, request.id, key=f"request-ending:{request.id}", at=at, environment_id=place)


async def _found(due: Loading) -> tuple[Request, Environment] | None:
    request = await requests.get(due.tx, due.item.subject)
    environment = await environments.known(due.tx, request.environment_id) if request else None
    return (request, environment) if request and environment else None


async def _load(due: Loading) -> Loaded[RequestCard]:
    found = await _found(due)
    return RequestCard(*found) if found and found[0].is_waiting else None


async def _after_card(sent: Sent[RequestCard]) -> None:
    if sent.facts is None or sent.receipt is None:
        return
    ts, channel = sent.receipt.ts, sent.receipt.channel
    request = await requests.record_message(sent.tx, sent.item.subject, channel=channel, ts=ts)
    if not request.is_waiting:  # decided while its message was on its way
        key = f"request-update:{request.id}:{request.state}:late"
        await REQUEST_UPDATE.schedule(sent.tx, request.id, key=key, at=sent.now, environment_id=request.environment_id)


async def _load_update(due: Loading) -> Loaded[RequestUpdate]:
    found = await _found(due)
    if found is None or found[0].message_channel is None or found[0].message_ts is None:
        return None
    return RequestUpdate(*found, (found[0].message_channel, found[0].message_ts))


async def _load_ending(due: Loading) -> Loaded[RequestEnding]:
    found = await _found(due)
    return RequestEnding(*found) if found else None


async def _load_expiry(_due: Loading) -> Loaded[RequestEnding]:
    return None


async def _expire(sent: Sent[RequestEnding]) -> None:
    """Let the request end where nobody decided it: in the transaction, so that nobody approves it meanwhile."""
    request = await requests.held(sent.tx, sent.item.subject)
    if request.is_waiting:
        ended = await requests.end(sent.tx, request.id, State.EXPIRED, by="certdesk", at=sent.now)
        await announce_end(sent.tx, ended)
        sent.desk.nudge.set()


REQUEST = Kind("request", RequestCard, _load, "a request for approval", after=_after_card)
REQUEST_UPDATE = Kind("request-update", RequestUpdate, _load_update, "what became of a request")
REQUEST_ENDING = Kind("request-ending", RequestEnding, _load_ending, "the note that a request has ended")
REQUEST_EXPIRES = Kind("request-expires", RequestEnding, _load_expiry, "the end of a request", after=_expire)
