"""Inspecting damaged files in the workers, as the desk does, and looking at what comes back."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from bot.certificates import Context, Report
from bot.desk.opener.pool import Opener
from tests.fuzz.mutations import damaged

CONTEXT = Context(now=datetime(2026, 11, 1, tzinfo=UTC))
GRACE = 1.0


@dataclass
class Tried:
    """What came of a run; ``bad`` names the seed and number of each answer that was none, or too late."""

    files: int = 0
    kills: int = 0
    slowest: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)


async def try_many(
    seed: int, numbers: Iterable[int], *, seconds: float, told: Callable[[Tried], None] | None = None
) -> Tried:
    """Inspect damaged files, as many at a time as there are cores, each within ``seconds``."""
    tried, waiting = Tried(), iter(numbers)
    workers = os.cpu_count() or 1
    async with Opener(seconds=seconds, workers=workers) as opener:

        async def work() -> None:
            for number in waiting:
                await _try(opener, seed, number, seconds, tried)
                if told is not None:
                    told(tried)

        await asyncio.gather(*(work() for _ in range(workers)))
        tried.kills = opener.kills
    return tried


async def _try(opener: Opener, seed: int, number: int, seconds: float, tried: Tried) -> None:
    file = damaged(seed, number)
    password = SecretStr(file.password) if file.password is not None else None
    started = time.monotonic()
    try:
        report = await opener.file(file.data, password, CONTEXT)
    except Exception as error:
        tried.bad.append(f"{seed}:{number} {file.name}: raised {type(error).__name__}")
        return
    took = time.monotonic() - started
    tried.files += 1
    tried.slowest = max(tried.slowest, took)
    tried.codes.update({one.code.value for one in report.findings} or {"no findings"})
    if took > seconds + GRACE:
        tried.bad.append(f"{seed}:{number} {file.name}: took {took:.1f} s")
    if not _answers(report):
        tried.bad.append(f"{seed}:{number} {file.name}: neither a finding nor a certificate")
    if _unforeseen(report):
        tried.bad.append(f"{seed}:{number} {file.name}: an exception that no check foresaw")


def _answers(report: Report) -> bool:
    return bool(report.findings or report.client or report.authorities)


def _unforeseen(report: Report) -> bool:
    return any("built in a way that no known tool" in one.message for one in report.findings)
