"""The command that is started: its signals, its end, and that it does not outlive its starter."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

# What whoever stops or steers a service sends; SIGKILL and SIGSTOP reach nobody who could pass them on.
FORWARDED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
)
NOT_FOUND, NOT_EXECUTABLE = 127, 126
_PR_SET_PDEATHSIG = 1
# Loaded before there is a child: between fork and exec nothing may wait for a lock that another thread held.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class CannotStart(Exception):
    """The command cannot be started; ``status`` is the exit status that shells give."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Child:
    """A running command."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], *, keeps: Sequence[int]) -> Child:
        """Start the command, which inherits the descriptors ``keeps``. Raises :class:`CannotStart`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command, env=environment, pass_fds=keeps, preexec_fn=partial(_die_with_the_starter, os.getpid())
            )
        except FileNotFoundError:
            raise CannotStart(f"{command[0]} was not found", NOT_FOUND) from None
        except OSError as error:
            raise CannotStart(f"{command[0]} cannot be started: {error.strerror}", NOT_EXECUTABLE) from None
        return cls(process)

    @property
    def is_running(self) -> bool:
        """Return whether it has not ended yet."""
        return self._process.returncode is None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens where it has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def wait(self) -> int:
        """Return its exit status as shells give it: 128 and the signal's number where a signal ended it."""
        status = await self._process.wait()
        return 128 - status if status < 0 else status

    async def stop(self, grace: float) -> None:
        """Ask it to end, and kill it after ``grace`` seconds."""
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace):
                await self._process.wait()
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self._process.wait()


def _die_with_the_starter(starter: int) -> None:
    """A supervisor that kills the starter starts another one: the command must not run twice (prctl(2), on Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != starter:  # it ended before this was set
            os.kill(os.getpid(), signal.SIGTERM)
