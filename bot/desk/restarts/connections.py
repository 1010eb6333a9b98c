"""Connecting an environment to what can restart its app, and taking the connection away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretBytes, SecretStr

from bot.desk.base.access import by_id, may_own, owning
from bot.desk.base.deeds import Acting, Deed, Do, Look
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import (
    ConnectionBroken,
    NotConnected,
    RestartRuns,
)
from bot.desk.base.lookup import meant
from bot.desk.base.platforms import PlatformError, PlatformKind
from bot.desk.outbox import notices
from bot.desk.requests.asking import perform
from bot.desk.restarts.reminders import schedule_update
from store import AppState, Connection, Environment, ReadTransaction, SealBroken, Transaction, environments
from store.restarts import connections, pending, runs


@dataclass(frozen=True, slots=True)
class Tried:
    """What a connection answers to a harmless question; ``trouble`` is the name of what stood in the way."""

    environment: Environment
    connection: Connection
    state: AppState
    trouble: str = ""


async def propose(desk: Desk, member: Member, channel: str, path: str | None) -> Environment:
    """Return the environment that is meant, for who may connect it. Raises as :func:`may_own`, and as ``the_one``."""
    return await may_own(desk, member, meant(channel, path))


async def environment_of(desk: Desk, member: Member, environment_id: str) -> Environment:
    """Return the environment, for who may connect it. Raises as :func:`may_own`."""
    return await may_own(desk, member, by_id(environment_id))


async def connection_of(desk: Desk, environment_id: str) -> Connection | None:
    """Return the environment's connection."""
    async with desk.store.reading() as tx:
        return await connections.of(tx, environment_id)


async def connect(
    desk: Desk,
    member: Member,
    environment_id: str,
    kind: PlatformKind,
    *,
    given: Mapping[str, str],
    secret: SecretStr,
) -> Environment:
    """Connect it to a platform; ``given`` is what was typed, by the name of the field.

    Raises BadConnection, RestartRuns, and as :func:`owning`.
    """
    member.must_manage()
    settings = {field.name: field.read(given.get(field.name, "")) for field in kind.fields}
    kept, read = kind.hide(settings, kind.secret.read(secret.get_secret_value()))
    async with owning(desk, member, by_id(environment_id)) as (tx, environment):
        do = {"kind": kind.name, "settings": dict(kept)}
        acting = Acting(desk, tx, environment, member.id, desk.clock(), do, SecretBytes(read.encode()))
        await perform(acting, CONNECT, label=kind.name)
    desk.nudge.set()
    return environment


async def _connect(acting: Acting) -> Connection:
    tx, place, do = acting.tx, acting.place, acting.do
    await must_not_run(tx, place)
    secret = acting.secret.get_secret_value().decode() if acting.secret else ""
    made = await connections.put(
        tx,
        environment_id=place.id,
        kind=do["kind"],
        settings=do["settings"],
        secret=SecretStr(secret),
        by=acting.by,
        at=acting.now,
    )
    await _show_on_reminder(acting.desk, tx, place, f"connected:{made.id}")
    detail = {"platform": made.kind}
    await notices.schedule(
        tx, place, "connected", by=acting.by, at=acting.now, approved_by=acting.approved_by, detail=detail
    )
    return made


async def connected_to(tx: ReadTransaction, place: Environment, _do: Do) -> Look:
    """Return what the environment is connected to."""
    if (connection := await connections.of(tx, place.id)) is None:
        return {}
    settings = {f"setting {name}": (value,) for name, value in connection.settings.items()}
    return {"platform": (connection.kind,), **settings}


CONNECT = Deed("connect", connected_to, _connect, owners=True)


async def disconnect(desk: Desk, member: Member, channel: str, path: str | None) -> Environment:
    """Forget the credentials, at once also in a protected environment: it takes a power away.

    Raises NotConnected, RestartRuns, as :func:`owning`, and as ``the_one``.
    """
    now = desk.clock()
    async with owning(desk, member, meant(channel, path)) as (tx, environment):
        await must_not_run(tx, environment)
        before = await connections.of(tx, environment.id)
        if before is None or not await connections.remove(tx, environment.id, by=member.id, at=now):
            raise NotConnected(environment.path)
        await _show_on_reminder(desk, tx, environment, f"disconnected:{before.id}")
        await notices.schedule(tx, environment, "disconnected", by=member.id, at=now, detail={"platform": before.kind})
    desk.nudge.set()
    return environment


async def attempt(desk: Desk, environment_id: str) -> Tried | None:
    """Ask the platform how the app is, which changes nothing; None where there is nothing that could be asked."""
    async with desk.store.reading() as tx:
        environment = await environments.get(tx, environment_id)
        connection = await connections.of(tx, environment_id)
        if environment is None or connection is None:
            return None
        kind = desk.platforms.of(connection)
        if kind.by_itself:
            return None
        secret = await revealed(tx, environment, connection)
    try:
        return Tried(environment, connection, await kind.client(connection.settings, secret, environment, None).state())
    except PlatformError as error:
        return Tried(environment, connection, AppState.UNKNOWN, error.name)


async def revealed(tx: ReadTransaction, environment: Environment, connection: Connection) -> SecretStr:
    """Return the credentials, to be used at once. Raises ConnectionBroken."""
    try:
        return await connections.reveal(tx, connection)
    except SealBroken:
        raise ConnectionBroken(environment.path) from None


async def must_not_run(tx: ReadTransaction, environment: Environment) -> None:
    """Raises RestartRuns while a restart of the environment is being performed."""
    if (run := await runs.running(tx, environment.id)) is not None:
        raise RestartRuns(environment.path, run.by, run.began_at)


async def _show_on_reminder(desk: Desk, tx: Transaction, environment: Environment, what: str) -> None:
    """Give the reminder that stands the button, or take it away."""
    if (restart := await pending.of(tx, environment.id)) is not None:
        await schedule_update(tx, restart, at=desk.clock(), because=what)
