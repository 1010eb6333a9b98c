"""The store, opened for a command: settings read, ring proven, every refusal a sentence and an exit status."""

from __future__ import annotations

import asyncio
import getpass
import os
import platform
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import typer

from bot import logs
from bot.ring import open_pool, open_ring
from bot.settings import SettingsError, StoreSettings, load_store_settings
from store import Store, StoreError, audit, open_store

T = TypeVar("T")

FAILED, USAGE = 1, 2
_LONGEST = 32


def settings() -> StoreSettings:
    """The store's settings; ends the command where they are not usable."""
    try:
        return load_store_settings()
    except SettingsError as error:
        for sentence in error.sentences:
            typer.echo(sentence, err=True)
        raise typer.Exit(USAGE) from None


@asynccontextmanager
async def opened(*, upgrade: bool = False) -> AsyncIterator[Store]:
    """The store of the settings; a schema that is not up to date is left to ``certdesk db upgrade``."""
    given = settings()
    async with (
        open_ring(given) as ring,
        open_store(given.database_url, ring, upgrade=upgrade, pool=open_pool(given)) as store,
    ):
        yield store


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's work; what the store refuses is said in its own sentence, with status 1."""
    logs.configure("WARNING")
    try:
        with audit.coming_from(f"cli:{platform.node()}"):
            return asyncio.run(work())
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from None


def operator() -> str:
    """Who does it, for the trail: ``cli:`` and the name of the system's user."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = str(os.getuid())
    return f"cli:{name}"[:_LONGEST]
