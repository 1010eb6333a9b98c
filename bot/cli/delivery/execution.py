"""One run of ``certdesk exec``: the command, started once or each time that its certificates change."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.cli.delivery.cache import Cache
from bot.cli.delivery.child import FORWARDED, CannotStart, Child
from bot.cli.delivery.desk_client import DeskClient, Fetched
from bot.cli.delivery.following import Following, NoBundle
from bot.cli.delivery.prepared import LONGEST_VARIABLE, ExecForm, TooLarge, prepared
from bot.cli.delivery.private_folder import PrivateFolder
from bot.cli.delivery.target import TOKEN, TOKEN_FILE, Target, say

# As container runtimes have it: what went wrong was not the command's doing.
OWN_FAULT = 125
# Restarts within it count as one unrest: each waits twice as long as the one before.
_CALM = 600.0
_ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP})
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Options:
    """The command and how it is started; times in seconds."""

    command: tuple[str, ...]
    form: ExecForm
    watch: bool
    grace: float
    cache: Path | None
    wait: float
    settle: float


async def run(options: Options, target: Target) -> int:
    """Return the exit status: the command's, or :data:`OWN_FAULT`."""
    async with aiohttp.ClientSession() as session:
        client = DeskClient(session, target.url, target.environment, target.token)
        cache = Cache(options.cache, target.about) if options.cache else None
        try:
            return await Execution(options, Following(client, target, cache)).run()
        except NoBundle as nothing:
            say(f"{options.command[0]} was not started: {nothing}.")
            return OWN_FAULT
        except Interrupted as interrupted:
            return 128 + interrupted.number


class Interrupted(Exception):
    """A signal came before the command was started."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Execution:
    """Start the command, pass signals on, report, and follow the desk if that is wanted."""

    def __init__(self, options: Options, following: Following) -> None:
        self._options = options
        self._following = following
        self._child: Child | None = None
        self._interrupted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._is_replacing = False
        self._restarts: list[float] = []

    async def run(self) -> int:
        """Return the command's exit status. Raises NoBundle, :class:`Interrupted`."""
        with self._passing_signals():
            fetched = await self._until_interrupted(self._following.first(self._options.wait))
            try:
                while True:
                    ended = await self._once(fetched)
                    if isinstance(ended, int):
                        return ended
                    fetched = ended
            except CannotStart as error:
                say(f"{error}.")
                return error.status

    async def _once(self, fetched: Fetched) -> int | Fetched:
        """Run the command until it ends, or until there are other certificates for it."""
        async with self._started(fetched) as child:
            ended = asyncio.create_task(child.wait())
            newer = asyncio.create_task(self._newer(fetched))
            reporting = asyncio.create_task(self._reported(fetched))
            try:
                await asyncio.wait([ended, newer], return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    await self._following.say_goodbye()
                    return ended.result()
                say(f"Restarting {self._options.command[0]} for revision {newer.result().bundle.revision}.")
                self._is_replacing = True
                await child.stop(self._options.grace)
                self._must_go_on()
                return newer.result()
            finally:
                for task in (ended, newer, reporting):
                    task.cancel()
                await asyncio.gather(ended, newer, reporting, return_exceptions=True)

    @asynccontextmanager
    async def _started(self, fetched: Fetched) -> AsyncIterator[Child]:
        folder = PrivateFolder()
        try:
            try:
                ready = prepared(fetched.bundle, self._options.form, str(folder.path))
                folder.write(ready.files)
            except TooLarge:
                raise NoBundle(_too_large(self._options)) from None
            except OSError as error:
                raise NoBundle(f"its files cannot be written to {folder.path}: {error.strerror}") from None
            environment = {name: value for name, value in os.environ.items() if name not in {TOKEN, TOKEN_FILE}}
            environment.update({name: value.get_secret_value() for name, value in ready.variables.items()})
            child = self._child = await Child.start(self._options.command, environment, keeps=(folder.keep_alive,))
            self._is_replacing = False
            try:
                self._must_go_on()
                yield child
            finally:
                if child.is_running:
                    await child.stop(self._options.grace)
                self._child = None
        finally:
            folder.close()

    def _must_go_on(self) -> None:
        """Raise :class:`Interrupted` if a signal came while no command was there to receive it."""
        if self._interrupted.done():
            raise Interrupted(self._interrupted.result())

    async def _reported(self, fetched: Fetched) -> None:
        await asyncio.sleep(self._options.settle)
        await self._following.report(fetched)

    async def _newer(self, fetched: Fetched) -> Fetched:
        """Return the next bundle; without ``--watch`` there is none."""
        if not self._options.watch:
            await asyncio.Event().wait()
        found = await self._following.next(fetched)
        if pause := self._pause():
            say(f"Revision {found.bundle.revision} is there; the next restart comes in {pause:.0f} s.")
            await asyncio.sleep(pause)
        return found

    def _pause(self) -> float:
        """Return how long to wait before a restart: nothing before the first, longer the more there were lately."""
        now = asyncio.get_running_loop().time()
        self._restarts = [one for one in self._restarts if one > now - _CALM]
        lately = len(self._restarts)
        self._restarts.append(now)
        return min(_FIRST_PAUSE * 2 ** (lately - 1), _LONGEST_PAUSE) if lately else 0.0

    @contextmanager
    def _passing_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in FORWARDED:
            loop.add_signal_handler(number, self._signalled, number)
        try:
            yield
        finally:
            for number in FORWARDED:
                loop.remove_signal_handler(number)

    def _signalled(self, number: signal.Signals) -> None:
        # In a terminal Ctrl-C reaches the command by itself.
        if self._child is not None and (number is not signal.SIGINT or not sys.stdin.isatty()):
            self._child.send(number)
        # Whoever ends the command that is being replaced wants no next one.
        is_alone = self._child is None or (self._is_replacing and number in _ENDING)
        if is_alone and number is not signal.SIGWINCH and not self._interrupted.done():
            self._interrupted.set_result(number)

    async def _until_interrupted(self, first: Coroutine[Any, Any, Fetched]) -> Fetched:
        task = asyncio.create_task(first)
        self._interrupted.add_done_callback(lambda _: task.cancel())
        try:
            return await task
        except asyncio.CancelledError:
            if self._interrupted.done():
                raise Interrupted(self._interrupted.result()) from None
            raise


def _too_large(options: Options) -> str:
    return (
        f"the certificates do not fit into a variable ({LONGEST_VARIABLE // 1024} KiB) for --form "
        f"{options.form.value}. Use --form runtime or files"
    )
