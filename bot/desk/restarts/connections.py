"""Connecting an environment to what can restart its app, and taking the connection away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import (
    BadConnection,
    ConnectionBroken,
    EnvironmentGone,
    MayNotConnect,
    NotConnected,
    RestartRuns,
)
from bot.desk.base.lookup import the_one
from bot.desk.base.platforms import PlatformError
from bot.desk.restarts.reminders import schedule_update
from store import AppState, Connection, Environment, NotFound, ReadTransaction, SealBroken, Transaction, environments
from store.restarts import connections, pending, runs

_APP = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?")
_MODES = {"test": "Test", "acceptance": "Acceptance", "production": "Production"}
_SHORTEST_SECRET, _LONGEST = 16, 200


@dataclass(frozen=True, slots=True)
class Tried:
    """What a connection answers to a harmless question; ``trouble`` is the name of what stood in the way."""

    environment: Environment
    connection: Connection
    state: AppState
    trouble: str = ""


async def propose(desk: Desk, member: Member, channel: str, path: str | None) -> Environment:
    """The environment that is meant, for who may connect it; raises MayNotConnect, and as ``the_one``."""
    member.must_manage()
    async with desk.store.reading() as tx:
        environment = await the_one(tx, channel, path)
    _must_own(member, environment)
    return environment


async def environment_of(desk: Desk, member: Member, environment_id: str) -> Environment:
    """The environment, for who may connect it; raises NotAllowed, MayNotConnect, EnvironmentGone."""
    member.must_manage()
    async with desk.store.reading() as tx:
        environment = await environments.get(tx, environment_id)
    if environment is None:
        raise EnvironmentGone
    _must_own(member, environment)
    return environment


async def connection_of(desk: Desk, environment_id: str) -> Connection | None:
    """What the environment is connected to."""
    async with desk.store.reading() as tx:
        return await connections.of(tx, environment_id)


async def connect_mendix(
    desk: Desk, member: Member, environment_id: str, *, app: str, mode: str, username: str, api_key: SecretStr
) -> Environment:
    """Connect it to the Mendix Deploy API; raises BadConnection, MayNotConnect, EnvironmentGone, RestartRuns."""
    settings = {
        "app": _matching("app", _APP, app.strip().lower()),
        "mode": _mode(mode.strip()),
        "username": _line("username", username.strip(), 3),
    }
    _line("api_key", api_key.get_secret_value(), 8)
    return await _connect(desk, member, environment_id, kind=connections.MENDIX, settings=settings, secret=api_key)


async def connect_webhook(
    desk: Desk, member: Member, environment_id: str, *, url: str, expect: str, secret: SecretStr
) -> Environment:
    """Connect it to a webhook; raises as :func:`connect_mendix`."""
    if desk.platforms is None or not desk.platforms.is_allowed(url.strip()):
        raise BadConnection("url")
    if len(expect) > _LONGEST:
        raise BadConnection("expect")
    _line("secret", secret.get_secret_value(), _SHORTEST_SECRET)
    settings = {"url": url.strip(), "expect": expect.strip()}
    return await _connect(desk, member, environment_id, kind=connections.WEBHOOK, settings=settings, secret=secret)


async def disconnect(desk: Desk, member: Member, channel: str, path: str | None) -> Environment:
    """Forget the credentials; raises MayNotConnect, NotConnected, RestartRuns, and as ``the_one``."""
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        environment = await _held(tx, (await the_one(tx, channel, path)).id)
        _must_own(member, environment)
        await must_not_run(tx, environment)
        before = await connections.of(tx, environment.id)
        if before is None or not await connections.remove(tx, environment.id, by=member.id, at=now):
            raise NotConnected(environment.path)
        await _show_on_reminder(desk, tx, environment, f"disconnected:{before.id}")
    desk.nudge.set()
    return environment


async def attempt(desk: Desk, environment_id: str) -> Tried | None:
    """Ask the platform how the app is, which changes nothing; None where there is nothing that could be asked."""
    async with desk.store.reading() as tx:
        environment = await environments.get(tx, environment_id)
        connection = await connections.of(tx, environment_id)
        if environment is None or connection is None:
            return None
        secret = await revealed(tx, environment, connection)
    if desk.platforms is None or (platform := desk.platforms.of(connection, secret, environment, None)).by_itself:
        return None
    try:
        return Tried(environment, connection, await platform.state())
    except PlatformError as error:
        return Tried(environment, connection, AppState.UNKNOWN, error.name)


async def revealed(tx: ReadTransaction, environment: Environment, connection: Connection) -> SecretStr:
    """The credentials, to be used at once; raises ConnectionBroken."""
    try:
        return await connections.reveal(tx, connection)
    except SealBroken:
        raise ConnectionBroken(environment.path) from None


async def must_not_run(tx: ReadTransaction, environment: Environment) -> None:
    """Raises RestartRuns while a restart of the environment is being performed."""
    if (run := await runs.running(tx, environment.id)) is not None:
        raise RestartRuns(environment.path, run.by, run.began_at)


async def _connect(
    desk: Desk, member: Member, environment_id: str, *, kind: str, settings: Mapping[str, str], secret: SecretStr
) -> Environment:
    member.must_manage()
    async with desk.store.transaction() as tx:
        environment = await _held(tx, environment_id)
        _must_own(member, environment)
        await must_not_run(tx, environment)
        made = await connections.put(
            tx,
            environment_id=environment.id,
            kind=kind,
            settings=settings,
            secret=secret,
            by=member.id,
            at=desk.clock(),
        )
        await _show_on_reminder(desk, tx, environment, f"connected:{made.id}")
    desk.nudge.set()
    return environment


async def _held(tx: Transaction, environment_id: str) -> Environment:
    try:
        return await environments.require(tx, environment_id)
    except NotFound:
        raise EnvironmentGone from None


async def _show_on_reminder(desk: Desk, tx: Transaction, environment: Environment, what: str) -> None:
    """The reminder that stands gets the button, or loses it."""
    if (restart := await pending.of(tx, environment.id)) is not None:
        await schedule_update(tx, restart, at=desk.clock(), because=what)


def _must_own(member: Member, environment: Environment) -> None:
    if not (member.is_admin or member.id == environment.created_by):
        raise MayNotConnect(environment.path, environment.created_by)


def _mode(text: str) -> str:
    """As the Deploy API spells it: it is strict about capitals."""
    return _MODES.get(text.lower()) or _matching("mode", _MODE, text)


def _matching(field: str, form: re.Pattern[str], text: str) -> str:
    if form.fullmatch(text) is None:
        raise BadConnection(field)
    return text


def _line(field: str, text: str, shortest: int) -> str:
    """One line of ASCII without spaces, as a header takes it."""
    fits = shortest <= len(text) <= _LONGEST and text.isascii() and text.isprintable() and " " not in text
    if not fits:
        raise BadConnection(field)
    return text
