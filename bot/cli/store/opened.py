"""Open the store for a command: every refusal is a sentence and an exit status."""

from __future__ import annotations

import asyncio
import os
import platform
import pwd
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import typer

from bot import logs
from bot.cli.given import usage
from bot.desk.base import parsing
from bot.desk.base.errors import BadPath
from bot.ring import missing_file, open_pool, open_ring
from bot.settings import SettingsError, StoreSettings, load_store_settings
from store import Environment, Store, StoreError, audit, environments, open_store

T = TypeVar("T")

FAILED = 1
_LONGEST = 32


def settings() -> StoreSettings:
    """Return the store's settings; ends the command if they cannot be used."""
    try:
        return load_store_settings()
    except SettingsError as error:
        usage("\n".join(error.sentences))


@asynccontextmanager
async def opened() -> AsyncIterator[Store]:
    """Open the store that the settings name. Ends the command if it does not exist; creates and upgrades nothing."""
    given = settings()
    if (missing := missing_file(given)) is not None:
        usage(missing)
    async with (
        open_ring(given) as ring,
        open_store(given.database_url, ring, upgrade=False, pool=open_pool(given)) as store,
    ):
        yield store


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's work. An error of the store is printed as its sentence, with exit status 1."""
    logs.configure("WARNING")
    try:
        with audit.coming_from(f"cli:{platform.node()}"):
            return asyncio.run(work())
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from None


async def environment_of(store: Store, path: str, protected: str) -> Environment:
    """Return the environment of ``path``; ends the command without one, or if it is protected, for that reason."""
    try:
        app, name = parsing.path(path)
    except BadPath:
        usage(f"{path} is not an environment: write it like orders/production.")
    async with store.reading() as tx:
        found = await environments.find(tx, app, name)
    if found is None:
        usage(f"There is no environment {path}: add it in its Slack channel with /cert env add {path}.")
    if found.protected:
        usage(f"{path} is protected: {protected}")
    return found


async def note(store: Store, tag: audit.Tag, **detail: str | int) -> None:
    """Record what an operator has read or taken along, which changes nothing else."""
    async with store.transaction() as tx:
        tx.record(tag, operator(), datetime.now(UTC), detail)


def operator() -> str:
    """Return the actor for the audit log: ``cli:`` and the name of the system's user, whatever the environment says."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        name = str(os.getuid())
    return f"cli:{name}"[:_LONGEST]
