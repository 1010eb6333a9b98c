"""Limits of a worker process, and of what it returns; runs inside the worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_confined = False


class UnforeseenError(Exception):
    """Something that no check foresaw; ``args`` hold the name of its kind and nothing else of it."""


def confine(memory: int) -> None:
    """Let this process grow by ``memory`` bytes of address space and no further; safe to call again.

    Counted from what the process has already, since libraries map hundreds of megabytes that they never touch.
    """
    global _confined  # noqa: PLW0603  a limit of the process is process-wide state
    if _confined:
        return
    _confined = True
    # Ctrl+C reaches every process of the terminal; the bot ends its workers itself, when what they do is finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource
    except ImportError:  # Windows: the time budget alone holds
        return
    size = _address_space() + memory
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or size < hard:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # A crash while a key is in memory must not leave it in a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def guarded(work: Callable[..., T], *args: Any) -> T:
    """Run ``work``; an exception's text, notes and frames stay in this process, since they may hold what was read.

    A panic of the parser and an exit are no ``Exception`` and would end the bot if they came across as they are.
    """
    try:
        return work(*args)
    except MemoryError:
        raise MemoryError from None
    except BaseException as error:
        raise UnforeseenError(type(error).__name__) from None


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # no /proc on this system
        return 1 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")
