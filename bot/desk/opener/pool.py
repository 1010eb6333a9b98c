"""Opening untrusted files in worker processes that are killed past their budget.

The library holds the interpreter's lock while it derives keys, so nothing less than another process keeps the bot
answering, and nothing less than killing it ends the work. No worker serves two people: a file that takes it over must
not see the next one's password.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
import structlog
from anyio import CapacityLimiter
from pydantic import SecretBytes, SecretStr

from bot.certificates import (
    Code,
    Context,
    Finding,
    Format,
    Report,
    Severity,
    Survey,
    Use,
    report_of,
    sniff,
    survey,
    too_expensive,
)
from bot.desk.opener.judge import judge_authorities, judge_client, judge_file
from bot.desk.opener.packing import Container, packed
from bot.desk.opener.turns import Turns
from bot.desk.opener.worker import Unforeseen, Worker, WorkerDied

log = structlog.get_logger(__name__)

T = TypeVar("T")

MEBIBYTE = 1024 * 1024
DEFAULT_SECONDS = 5.0
DEFAULT_MEMORY = 512 * MEBIBYTE
_TRIES = 4
_SPARE_AFTER = 1.5
OPENED = "opened"
# Who fetches files holds up to 100 MiB (ten files of 10 MiB) until they are judged: 400 MiB in all.
_MOST_FETCHING = 4
# Nobody's id in Slack: workers that pack our keys are kept apart from those that open files.
_OURSELVES = "certdesk"
# The members whose turn it is in this task.
_ITS_TURN: ContextVar[frozenset[str]] = ContextVar("its_turn", default=frozenset())


class OverBudget(Exception):
    """The worker was killed, or ran out of memory."""


class Unreadable(Exception):
    """The worker failed in a way that no check foresaw."""


@dataclass(slots=True)
class Progress:
    """Progress of opening a file; ``waiting`` while other files come first."""

    waiting: bool = False


class Opener:
    """At most one worker a core, one file a member at a time, each file within ``seconds`` and ``memory`` bytes.

    A worker stays for its member's next file, and the next one is started before another member needs it. ``lacking``
    names what the kernel does not let a worker give up.
    """

    def __init__(
        self, *, seconds: float = DEFAULT_SECONDS, memory: int = DEFAULT_MEMORY, workers: int | None = None
    ) -> None:
        self._seconds = seconds
        self._memory = memory
        self._workers = workers or os.cpu_count() or 1
        self._limiter: CapacityLimiter | None = None
        self._idle: list[Worker] = []
        self._starting: asyncio.Task[None] | None = None
        self._fetching = Turns(min(self._workers, _MOST_FETCHING))
        self._members: dict[str, asyncio.Lock] = {}
        self._claims: Counter[str] = Counter()
        self.kills = 0
        self.lacking: tuple[str, ...] = ()
        self.verdicts: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        """Start the first worker, so that the first file does not pay for its imports."""
        await self._start_spare()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the workers that wait for work."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        while self._idle:
            await self._idle.pop().end()

    @asynccontextmanager
    async def fetching(self, member: str, group: str = "", progress: Progress | None = None) -> AsyncIterator[None]:
        """Wait until the member's files may be fetched: one after the other, and those of few members at a time.

        Environments (``group``) take turns, so that a channel in which many add files keeps no other waiting. Whoever
        waits holds nothing in memory. What is judged within it waits for no further turn.
        """
        if member in _ITS_TURN.get():
            yield
            return
        async with self._turn(member, progress):
            _waits(progress, self._fetching.is_full)
            async with self._fetching.of(group):
                _waits(progress, False)
                token = _ITS_TURN.set(_ITS_TURN.get() | {member})
                try:
                    yield
                finally:
                    _ITS_TURN.reset(token)

    async def survey(self, data: bytes, context: Context, *, member: str | None = None) -> Survey:
        """Return what a dropped file can be used for; a file that exceeds the budget is ignored."""
        try:
            return await self._run(Survey, survey, data, self._limited(context), member=member)
        except (OverBudget, Unreadable):
            return Survey(sniff(data), len(data), Use.UNUSABLE, findings=(self._too_expensive(),))

    async def client(
        self,
        files: Sequence[bytes],
        password: SecretStr | None,
        context: Context,
        *,
        authorities: Sequence[bytes] = (),
        member: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Judge ``files`` as a client certificate; never raises for what they hold.

        ``authorities`` (DER) are those of the environment that it goes to.
        """
        given = (files, password, self._limited(context), authorities)
        async with self._turn(member, progress):
            run = partial(self._run, Report, judge_client, *given, member=member, progress=progress)
            return await self._report(files, run)

    async def authorities(
        self,
        files: Sequence[bytes],
        context: Context,
        *,
        member: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Judge ``files`` as authorities; never raises for what they hold."""
        async with self._turn(member, progress):
            limited = self._limited(context)
            run = partial(self._run, Report, judge_authorities, files, limited, member=member, progress=progress)
            return await self._report(files, run)

    async def file(
        self, data: bytes, password: SecretStr | None, context: Context, *, authorities: Sequence[bytes] = ()
    ) -> Report:
        """Judge one file by what it is; never raises for what it holds."""
        given = (data, password, self._limited(context), authorities)
        return await self._report([data], partial(self._run, Report, judge_file, *given))

    async def pack(
        self, key: SecretBytes, certificates: Sequence[bytes], password: SecretStr, runtime: str
    ) -> Container:
        """Pack a key of ours with its certificates, in a worker that never sees a file of anybody's."""
        try:
            return await self._run(Container, packed, key, certificates, password, runtime, member=_OURSELVES)
        except (OverBudget, Unreadable):
            return Container(b"", ("packing it takes too long, or fails",))

    async def _report(self, files: Sequence[bytes], run: Callable[[], Awaitable[Report]]) -> Report:
        """Return the verdict, and count it: each code that blocks, or that the file opened."""
        report = await self._judged(files, run)
        self.verdicts.update({one.code.value for one in report.blockers} or {OPENED})
        return report

    async def _judged(self, files: Sequence[bytes], run: Callable[[], Awaitable[Report]]) -> Report:
        kind = sniff(files[0]) if files else Format.EMPTY
        try:
            return await run()
        except OverBudget:
            return report_of(self._too_expensive(), kind)
        except Unreadable:
            return report_of(_unreadable(), kind)

    def _limited(self, context: Context) -> Context:
        """Return the request with its budget, so that a file that states a higher cost is refused before it is paid."""
        return replace(context, seconds=self._seconds, memory=self._memory)

    def _too_expensive(self) -> Finding:
        return too_expensive(self._seconds, self._memory)

    @asynccontextmanager
    async def _turn(self, member: str | None, progress: Progress | None) -> AsyncIterator[None]:
        """Open one file a member at a time; the lock is dropped when none of theirs waits."""
        if member is None or member in _ITS_TURN.get():
            yield
            return
        lock = self._members.setdefault(member, asyncio.Lock())
        self._claims[member] += 1
        try:
            _waits(progress, lock.locked())
            async with lock:
                yield
        finally:
            self._claims[member] -= 1
            if not self._claims[member]:
                del self._claims[member], self._members[member]

    async def _run(
        self,
        kind: type[T],
        work: Callable[..., T],
        *args: Any,
        member: str | None = None,
        progress: Progress | None = None,
    ) -> T:
        """Run ``work``, which returns a ``kind``, under the budget, which begins when a worker is ready for it."""
        async with self._core(progress):
            worker = await self._worker_of(member)
            try:
                with anyio.fail_after(self._seconds):
                    result = await worker.do(kind, work, *args)
            except (TimeoutError, WorkerDied):
                self.kills += 1
                await worker.end()
                raise OverBudget from None
            except Unforeseen as error:
                await worker.end()
                log.error("opening_failed", kind=error.args[0])
                raise Unreadable from None
            except BaseException:
                await worker.end()
                raise
            await self._keep(worker)
            return result

    @asynccontextmanager
    async def _core(self, progress: Progress | None = None) -> AsyncIterator[None]:
        """Wait for a free core."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(self._workers)
        _waits(progress, self._limiter.available_tokens < 1)
        async with self._limiter:
            _waits(progress, False)
            yield

    async def _worker_of(self, member: str | None) -> Worker:
        """Return a worker that has served nobody, or this member alone; those that died while idle are forgotten."""
        self._idle = [one for one in self._idle if one.is_alive]
        mine = [one for one in self._idle if not one.is_fresh and one.owner == member]
        worker = next(iter([*mine, *(one for one in self._idle if one.is_fresh)]), None)
        if worker is not None:
            self._idle.remove(worker)
        else:
            worker = await self._started()
        if worker.is_fresh and member is not None and self._starting is None:
            self._starting = asyncio.create_task(self._start_spare(_SPARE_AFTER))
        worker.owner, worker.is_fresh = member, False
        return worker

    async def _started(self) -> Worker:
        """Start a worker. Raises Unreadable where none starts."""
        for _ in range(_TRIES):
            with suppress(WorkerDied):
                worker = await Worker.start(self._memory)
                self.lacking = worker.lacking
                return worker
            log.warning("worker_replaced")
        raise Unreadable

    async def _start_spare(self, after: float = 0.0) -> None:
        """Start one for whoever comes next, once the file that was asked for has had the machine to itself."""
        try:
            await asyncio.sleep(after)
            with suppress(Unreadable):
                worker = await self._started()
                self._idle.append(worker)
        finally:
            self._starting = None

    async def _keep(self, worker: Worker) -> None:
        """Keep a worker for its member's next file, and no more of them than cores: the oldest go."""
        self._idle.append(worker)
        used = [one for one in self._idle if not one.is_fresh]
        for one in used[: max(0, len(used) - self._workers)]:
            self._idle.remove(one)
            await one.end()


def _waits(progress: Progress | None, waiting: bool) -> None:
    if progress is not None:
        progress.waiting = waiting


def _unreadable() -> Finding:
    return Finding(
        Code.CORRUPT,
        Severity.BLOCKER,
        "This file cannot be read: it is damaged, or built in a way that no known tool builds one.",
        "Export it again from the system it came from.",
    )
