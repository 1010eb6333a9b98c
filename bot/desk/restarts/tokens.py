"""Tokens of programs: pipelines say with one that they restarted an app, apps fetch their certificates with one.

Who has no token for an environment learns nothing here, not even whether it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from pydantic import SecretStr

from bot.desk.base import parsing
from bot.desk.base.access import owning
from bot.desk.base.deeds import Acting, Deed, Do, Look
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import (
    AwaitsApproval,
    BadLoadedAt,
    BadPath,
    BadToken,
    ChangedSinceAsked,
    TokenFlaw,
    TooManyTokens,
    UnknownToken,
)
from bot.desk.base.lookup import meant, the_one
from bot.desk.outbox import notices
from bot.desk.requests.asking import perform
from bot.desk.restarts import token_watch
from bot.desk.restarts.pending import all_clear_in, confirmed_in
from store import Environment, HookToken, NotFound, ReadTransaction, Transaction, audit, environments
from store.restarts import pending, tokens
from store.restarts.tokens import NewToken, Scope

# Two for delivery: the next one can be there before the last one ends.
MOST: Mapping[Scope, int] = {Scope.CONFIRM: 10, Scope.DELIVER: 2}
VALID_FOR_DAYS = 90
MOST_IDENTITIES = 10
EARLIEST = timedelta(days=31)
SKEW = timedelta(minutes=5)
# Anybody can try tokens; what they write into the trail for ever is bounded all the same.
_RECORDED_AT_MOST, _WITHIN = 20, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token, this once with its secret; ``waits`` says until when it waits for approval, if it must."""

    environment: Environment
    token: NewToken
    secret: SecretStr
    waits: AwaitsApproval | None = None

    @property
    def hint(self) -> str:
        """Return the token's last characters."""
        return self.token.hint


@dataclass(frozen=True, slots=True)
class TokensOf:
    """An environment and its tokens that were not revoked, oldest first; some may have expired ``at`` that moment."""

    environment: Environment
    tokens: tuple[HookToken, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """The token that is one no more, by its end, and those that are ``left``."""

    environment: Environment
    hint: str
    left: tuple[HookToken, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a pipeline's word: ``pending`` changes are not loaded yet; nothing was there to confirm, maybe."""

    environment: Environment
    confirmed: bool
    pending: int


async def make(
    desk: Desk,
    member: Member,
    channel: str,
    path: str | None,
    *,
    scope: Scope = Scope.CONFIRM,
    days: int = VALID_FOR_DAYS,
    networks: tuple[str, ...] = (),
) -> MadeToken:
    """Make a token. Raises TooManyTokens, as :func:`owning`, and as ``lookup.the_one``.

    One for delivery is valid for so many ``days``, and from these ``networks`` (CIDR) alone if there are any. In a
    protected environment the token's digest alone waits for approval; whoever asked has the token already.
    """
    now = desk.clock()
    expires_at = now + timedelta(days=days) if scope is Scope.DELIVER else None
    try:
        async with owning(desk, member, meant(channel, path)) as (tx, place):
            made, secret = await tokens.new(tx, place.id, scope=scope, expires_at=expires_at, networks=networks)
            await perform(Acting(desk, tx, place, member.id, now, _do(made)), TOKEN, label=f"…{made.hint}")
    except AwaitsApproval as waits:
        return MadeToken(place, made, secret, waits)
    desk.nudge.set()
    return MadeToken(place, made, secret)


def _do(made: NewToken) -> Do:
    kept: Do = {"digest": made.digest, "hint": made.hint}
    if made.scope is Scope.CONFIRM or made.expires_at is None:
        return kept
    more = {"scope": made.scope.value, "expires_at": made.expires_at.isoformat(), "networks": list(made.networks)}
    return {**kept, **more}


def _made(do: Do) -> NewToken:
    if "issuer" in do:
        return NewToken(do["digest"], do["hint"], Scope.DELIVER, issuer=do["issuer"], subject=do["subject"])
    if "scope" not in do:
        return NewToken(do["digest"], do["hint"])
    expires_at = datetime.fromisoformat(do["expires_at"])
    return NewToken(do["digest"], do["hint"], Scope(do["scope"]), expires_at, tuple(do["networks"]))


async def _make(acting: Acting) -> HookToken:
    tx, place, made = acting.tx, acting.place, _made(acting.do)
    live = await tokens.live(tx, place.id)
    alike = [one for one in live if _is_alike(one, made) and not one.is_over(acting.now)]
    most = MOST_IDENTITIES if made.issuer else MOST[made.scope]
    if len(alike) >= most:
        raise TooManyTokens(place.path, most)
    if any(one.hint == made.hint for one in live) or _ended(made, acting.now):  # while the request waited
        raise ChangedSinceAsked
    token = await tokens.add(tx, made, environment_id=place.id, by=acting.by, at=acting.now)
    if made.scope is Scope.DELIVER:
        await token_watch.watch(tx, token, at=acting.now)
    what = "token_made" if made.scope is Scope.CONFIRM else "delivery_token_made"
    detail = {"hint": token.hint} | ({"until": made.expires_at.isoformat()} if made.expires_at else {})
    if made.issuer and made.subject:
        what, detail = "identity_added", {"issuer": made.issuer, "subject": made.subject}
    await notices.schedule(
        acting.tx, place, what, by=acting.by, at=acting.now, approved_by=acting.approved_by, detail=detail
    )
    return token


def _is_alike(one: HookToken, made: NewToken) -> bool:
    return one.scope is made.scope and (one.issuer is None) == (made.issuer is None)


def _ended(made: NewToken, now: datetime) -> bool:
    return made.expires_at is not None and made.expires_at <= now


async def _look(tx: ReadTransaction, place: Environment, do: Do) -> Look:
    """Return whether the token is one already: others do not matter to it."""
    found = next((one for one in await tokens.live(tx, place.id) if one.hint == do["hint"]), None)
    if found is None:
        return {}
    if found.issuer and found.subject:
        return {"issuer_of": (found.issuer,), "workload": (found.subject,)}
    until = {"until": (found.expires_at.isoformat(),)} if found.expires_at else {}
    return {"token": (found.hint,), **until, **({"networks": found.networks} if found.networks else {})}


TOKEN = Deed("token", _look, _make, owners=True)


async def listing(desk: Desk, channel: str, path: str | None) -> TokensOf:
    """Return the environment's tokens. Raises as :func:`bot.desk.base.lookup.the_one`."""
    async with desk.store.reading() as tx:
        place = await the_one(tx, channel, path)
        return TokensOf(place, tuple(await tokens.live(tx, place.id)), desk.clock())


async def revoke(desk: Desk, member: Member, channel: str, hint: str, path: str | None) -> Revoked:
    """Revoke the token with these last characters, at once also in a protected environment: it takes a right away.

    Raises UnknownToken, as :func:`owning`, and as :func:`bot.desk.base.lookup.the_one`.
    """
    # Whoever pastes the whole token means it too; no more than its end is ever repeated.
    wanted = hint.strip("….")[-tokens.HINT :]
    async with owning(desk, member, meant(channel, path)) as (tx, place):
        live = await tokens.live(tx, place.id)
        token = next((one for one in live if one.hint == wanted), None)
        if token is None:
            raise UnknownToken(wanted, place.path, tuple(one.hint for one in live))
        await tokens.revoke(tx, token.id, by=member.id, at=desk.clock())
        await notices.schedule(tx, place, "token_revoked", by=member.id, at=desk.clock(), detail={"hint": token.hint})
    desk.nudge.set()
    return Revoked(place, token.hint, tuple(one for one in live if one.id != token.id))


async def authenticate(
    desk: Desk, path: str, secret: SecretStr | None, *, scope: Scope = Scope.CONFIRM, peer: str | None = None
) -> HookToken:
    """Return the token, if it is one of the environment of that path, for this, and from there. Raises BadToken.

    The answer is the same for an environment that is not there, that has no such token, and that is somebody else's.
    """
    if secret is None:
        raise BadToken
    try:
        app, name = parsing.path(path)
    except BadPath:
        raise BadToken from None
    token = await (_of_workload(desk, app, name, secret) if _is_signed(secret) else tokens.known(desk.store, secret))
    if token is None:
        raise BadToken
    async with desk.store.reading() as tx:
        place = await environments.get(tx, token.environment_id)
    if place is None or (place.app, place.name) != (app, name):
        raise BadToken
    if (flaw := _flaw(token, scope, peer, desk.clock())) is not None:
        raise BadToken(flaw)
    return token


def _is_signed(secret: SecretStr) -> bool:
    """Return whether this is a token that somebody signed (RFC 7519), and none of ours."""
    return secret.get_secret_value().count(".") == 2


async def _of_workload(desk: Desk, app: str, name: str, secret: SecretStr) -> HookToken | None:
    workload = await desk.issuers.workload(secret, desk.clock())
    async with desk.store.reading() as tx:
        place = await environments.find(tx, app, name)
    if place is None:
        return None
    return await tokens.known_workload(desk.store, place.id, workload.issuer, workload.subject)


def _flaw(token: HookToken, scope: Scope, peer: str | None, now: datetime) -> TokenFlaw | None:
    if token.is_over(now):
        return TokenFlaw.EXPIRED
    if token.scope is not scope:
        return TokenFlaw.SCOPE
    return TokenFlaw.NETWORK if token.networks and not _is_in(peer, token.networks) else None


def _is_in(peer: str | None, networks: tuple[str, ...]) -> bool:
    """Return whether an address is in one of the networks; an IPv4 address that IPv6 maps is one of IPv4."""
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ip_network(one) for one in networks)


async def restarted(desk: Desk, token: HookToken, *, at: datetime | None = None, peer: str | None = None) -> Said:
    """Record that the app was restarted ``at`` that moment, or now: what was changed later stays pending.

    Raises BadLoadedAt, and BadToken where the token was revoked meanwhile.
    """
    now = desk.clock()
    loaded_at = now if at is None else _believed(at, now)
    async with desk.store.transaction() as tx:
        try:
            place = await environments.require(tx, token.environment_id)
            await tokens.used(tx, token.id, at=now, peer=peer)
        except NotFound:
            raise BadToken from None
        said = await _confirmed(tx, place, by=f"hook:{token.hint}", now=now, loaded_at=loaded_at)
    desk.nudge.set()
    return said


async def _confirmed(tx: Transaction, place: Environment, *, by: str, now: datetime, loaded_at: datetime) -> Said:
    before = await pending.of(tx, place.id)
    if before is None:
        await all_clear_in(tx, place.id, by=by, now=now, loaded_at=loaded_at)
        return Said(place, confirmed=False, pending=0)
    done = await confirmed_in(tx, before.id, by=by, now=now, loaded_at=loaded_at)
    rest = await pending.of(tx, place.id)
    return Said(place, confirmed=done.first, pending=len(rest.changes) if rest else 0)


def _believed(at: datetime, now: datetime) -> datetime:
    """Clocks differ a little. A moment far from now is a mistake, and would confirm too much or nothing."""
    if at > now + SKEW:
        raise BadLoadedAt("future")
    if at < now - EARLIEST:
        raise BadLoadedAt("past")
    return at


class Refusals:
    """Writes down who tried a token that is none, up to some number an hour; of the rest, how many there were."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._count = 0

    async def record(self, desk: Desk, path: str, *, what: str) -> None:
        """Write a refusal down, with how many before it were not; ``path`` is kept where it could be one."""
        now = desk.clock()
        unwritten = self._turned(now)
        self._count += 1
        if self._count > _RECORDED_AT_MOST:
            return
        detail: dict[str, str | int] = {"why": BadToken.__name__, "what": what, "path": _as_path(path)}
        if unwritten:
            detail["unwritten"] = unwritten
        async with desk.store.transaction() as tx:
            tx.record(audit.Tag.ATTEMPT_REFUSED, "hook", now, detail)

    def _turned(self, now: datetime) -> int:
        """Begin a new hour where the last is over; how many refusals of the last were not written down."""
        if self._since is not None and self._since <= now < self._since + _WITHIN:
            return 0
        unwritten = max(self._count - _RECORDED_AT_MOST, 0)
        self._since, self._count = now, 0
        return unwritten


def _as_path(text: str) -> str:
    try:
        return "/".join(parsing.path(text))
    except BadPath:
        return ""
