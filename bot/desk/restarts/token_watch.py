"""Tokens of apps are watched: the channel is told before one expires, and when one that was used daily is not any more.

A look at each token comes once a day. It plans the next one itself, and ends with the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from store import Environment, HookToken, Transaction, environments, queue
from store.restarts import tokens
from store.restarts.tokens import Scope

_EVERY = timedelta(days=1)
# Days before the end; the first is enough to ask an owner, the last to act.
_WARNED = (14, 7, 3, 1)
_QUIET_AFTER = timedelta(hours=36)
_DAILY = 3


@dataclass(frozen=True, slots=True)
class TokenLook:
    """Look at a token: ``warns`` says that the channel is told of its end, ``quiet`` that it is not used any more.

    The next look comes a day after this one, ``at``, whenever this one is marked done.
    """

    environment: Environment
    token: HookToken
    warns: int | None
    quiet: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class TokenEnds:
    """Tell the channel that the app's token expires, and whether the next one is there already."""

    environment: Environment
    token: HookToken
    has_next: bool


@dataclass(frozen=True, slots=True)
class TokenQuiet:
    """Tell the channel that the app has not used its token, which it used on each of ``days`` days before."""

    environment: Environment
    token: HookToken
    days: int


async def watch(tx: Transaction, token: HookToken, *, at: datetime) -> None:
    """Plan the next look at a token for delivery."""
    moment = at + _EVERY
    key = f"token-look:{token.id}:{moment.date().isoformat()}"
    await TOKEN_LOOK.schedule(tx, token.id, key=key, at=moment, environment_id=token.environment_id)


async def _load_look(due: Loading) -> Loaded[TokenLook]:
    found = await _found(due)
    if found is None:
        return None
    place, token = found
    left = (token.expires_at - due.now).total_seconds() / _EVERY.total_seconds() if token.expires_at else None
    warned = min((days for days in _WARNED if left is not None and left <= days), default=None)
    quiet = token.used_at is not None and token.days_used >= _DAILY and token.used_at <= due.now - _QUIET_AFTER
    return TokenLook(place, token, warned, quiet, due.now)


async def _after_look(sent: Sent[TokenLook]) -> None:
    """Plan what the look found, once each, and the next look."""
    if sent.facts is None:
        return
    place, token, at = sent.facts.environment, sent.facts.token, sent.now
    if sent.facts.warns is not None:
        key = f"token-ends:{token.id}:{sent.facts.warns}"
        await TOKEN_ENDS.schedule(sent.tx, token.id, key=key, at=at, environment_id=place.id)
    if sent.facts.quiet and token.used_at is not None:
        key = f"token-quiet:{token.id}:{token.used_at.date().isoformat()}"
        await TOKEN_QUIET.schedule(sent.tx, token.id, key=key, at=at, environment_id=place.id)
    await watch(sent.tx, token, at=sent.facts.at)


async def _load_ends(due: Loading) -> Loaded[TokenEnds]:
    found = await _found(due)
    if found is None:
        return None
    place, token = found
    alive = [one for one in await tokens.live(due.tx, place.id) if one.scope is token.scope]
    later = [one for one in alive if one.expires_at and token.expires_at and one.expires_at > token.expires_at]
    return TokenEnds(place, token, has_next=bool(later))


async def _load_quiet(due: Loading) -> Loaded[TokenQuiet]:
    found = await _found(due)
    # It may have been used since it was looked at.
    if found is None or found[1].used_at is None or found[1].used_at > due.now - _QUIET_AFTER:
        return None
    return TokenQuiet(*found, days=found[1].days_used)


async def _found(due: Loading) -> tuple[Environment, HookToken] | None:
    """Return the environment and the token; None where one of them has ended."""
    token = await tokens.get(due.tx, due.item.subject)
    place = await environments.get(due.tx, token.environment_id) if token else None
    if token is None or place is None or token.scope is not Scope.DELIVER or token.is_over(due.now):
        return None
    return place, token


TOKEN_LOOK = Kind("token-look", TokenLook, _load_look, "a look at a token", lane=queue.LOOK, after=_after_look)
TOKEN_ENDS = Kind("token-ends", TokenEnds, _load_ends, "the warning that a token expires")
TOKEN_QUIET = Kind("token-quiet", TokenQuiet, _load_quiet, "the message that a token is not used")
