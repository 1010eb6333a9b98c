"""A worker process as the bot sees it: it belongs to one person, and nothing of it outlives its kill."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import anyio

from bot.desk.opener import wire
from bot.desk.opener.inside import DONE, LENGTH, OUT_OF_MEMORY, READY, UNFORESEEN

T = TypeVar("T")
_ROOT = str(Path(__file__).parents[3])
# A report holds each certificate of a file up to three times, in base64.
_MOST_ANSWER = 128 * 1024 * 1024
_PARSED_HERE = 256 * 1024


class WorkerDied(Exception):
    """The process ended, or ran out of memory."""


class Unforeseen(Exception):
    """Something that no check foresaw; ``args`` hold the name of its kind and nothing else of it."""


class Worker:
    """A process that has started; ``owner`` is who its work is for, and nobody else's is given to it.

    ``lacking`` names what the kernel does not let it give up.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.owner: str | None = None
        self.is_fresh = True
        self.lacking: tuple[str, ...] = ()

    @classmethod
    async def start(cls, memory: int) -> Worker:
        """Start a process and wait until it is confined. Raises :class:`WorkerDied`."""
        with anyio.CancelScope(shield=True):  # a start that is given up half-way leaves a process behind
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-c",
                f"import sys; sys.path.insert(0, {_ROOT!r}); from bot.desk.opener.inside import main; main({memory})",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        worker = cls(process)
        try:
            kind, body = await worker._answer()
            if kind != READY:
                raise WorkerDied
            worker.lacking = wire.loads(tuple[str, ...], body)
        except BaseException:
            await worker.end()
            raise
        return worker

    async def do(self, kind: type[T], work: Callable[..., T], *args: Any) -> T:
        """Run ``work`` in the process. Raises :class:`WorkerDied` and :class:`Unforeseen`."""
        request = pickle.dumps((work, args))
        answer, body = await self._asked(request)
        if answer == OUT_OF_MEMORY:
            raise WorkerDied
        if answer == UNFORESEEN:
            raise Unforeseen(body[:60].decode("ascii", "replace"))
        if answer != DONE:
            raise Unforeseen("answer")
        try:
            if len(body) <= _PARSED_HERE:
                return wire.loads(kind, body)
            return await asyncio.to_thread(wire.loads, kind, body)
        except wire.NotThat:
            raise Unforeseen("answer") from None

    async def _asked(self, request: bytes) -> tuple[bytes, bytes]:
        pipe = self._process.stdin
        try:
            if pipe is None:
                raise WorkerDied
            pipe.write(LENGTH.pack(len(request)) + request)
            await pipe.drain()
        except (BrokenPipeError, ConnectionError):
            raise WorkerDied from None
        return await self._answer()

    async def _answer(self) -> tuple[bytes, bytes]:
        pipe = self._process.stdout
        try:
            if pipe is None:
                raise WorkerDied
            head = await pipe.readexactly(1 + LENGTH.size)
            (length,) = LENGTH.unpack(head[1:])
            if length > _MOST_ANSWER:
                raise WorkerDied
            return head[:1], await pipe.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise WorkerDied from None

    @property
    def is_alive(self) -> bool:
        """Return whether the process runs, as far as is known."""
        return self._process.returncode is None

    async def end(self) -> None:
        """Kill the process and whatever it may have begun, and wait until it is gone."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        with anyio.CancelScope(shield=True):
            await self._process.wait()
