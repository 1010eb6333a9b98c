"""One run of ``certdesk sync``: fetch, switch, tell the app, report; and again with each change."""

from __future__ import annotations

import asyncio
import os

import aiohttp

from bot.certificates.delivery.file_forms import plain_files
from bot.cli.delivery.desk_client import DeskClient, Fetched
from bot.cli.delivery.following import Following, NoBundle
from bot.cli.delivery.synced_folder import SyncedFolder
from bot.cli.delivery.target import TOKEN, TOKEN_FILE, Target, say

_AGAIN_AFTER = 30.0
_FAILED = 1


async def run(folder: SyncedFolder, target: Target, on_change: str | None, patience: float, *, once: bool) -> int:
    """Return the exit status: with ``once`` that of ``on_change``, and 1 where the folder is not up to date."""
    async with aiohttp.ClientSession() as session:
        following = Following(DeskClient(session, target.url, target.environment, target.token), target)
        try:
            return await Syncing(folder, following, on_change).run(patience, once=once)
        except NoBundle as nothing:
            say(f"{folder.path} was not brought up to date: {nothing}.")
        except OSError as error:
            say(f"{folder.path} cannot be written: {error.strerror}.")
    return _FAILED


class Syncing:
    """Keep the folder up to date; ``on_change`` is run by the shell after a switch, until it succeeds."""

    def __init__(self, folder: SyncedFolder, following: Following, on_change: str | None) -> None:
        self._folder = folder
        self._following = following
        self._on_change = on_change

    async def run(self, patience: float, *, once: bool) -> int:
        """Return the exit status, with ``once`` that of the command. Raises NoBundle, OSError."""
        fetched = await self._following.first(patience)
        if once:
            status = await self._switched(fetched)
            if status == 0:
                await self._following.report(fetched, once=True)
            return status
        while True:
            holding = asyncio.create_task(self._hold(fetched))
            try:
                fetched = await self._following.next(fetched)
            finally:
                holding.cancel()
                await asyncio.gather(holding, return_exceptions=True)

    async def _hold(self, fetched: Fetched) -> None:
        """Bring the folder to this bundle, and report it for as long as it is the newest."""
        while True:
            try:
                if await self._switched(fetched) == 0:
                    break
            except OSError as error:
                say(f"{self._folder.path} cannot be written: {error.strerror}.")
            await asyncio.sleep(_AGAIN_AFTER)
        await self._following.report(fetched)

    async def _switched(self, fetched: Fetched) -> int:
        """Switch the folder unless it is there already, and return what ``on_change`` ended with. Raises OSError."""
        if self._folder.etag() != fetched.etag or not fetched.etag:
            self._folder.switch(plain_files(fetched.bundle), etag=fetched.etag, revision=fetched.bundle.revision)
            say(f"{self._folder.path} is at revision {fetched.bundle.revision}.")
        else:
            self._folder.tidy()
        return await self._told()

    async def _told(self) -> int:
        if self._on_change is None:
            return 0
        environment = {name: value for name, value in os.environ.items() if name not in {TOKEN, TOKEN_FILE}}
        environment["CERTDESK_DIR"] = str(self._folder.path)
        process = await asyncio.create_subprocess_shell(self._on_change, env=environment)
        status = await process.wait()
        if status:
            say(f"`{self._on_change}` ended with {status}.")
        return status
