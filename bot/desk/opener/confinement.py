"""What a worker process gives up before it sees a file; runs inside the worker.

Its parent starts it with an empty environment, no descriptor but its pipes, and a session of its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

# <linux/prctl.h>, <linux/sched.h>
_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38
_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_MOST_DESCRIPTORS = 64


def confine(memory: int) -> tuple[str, ...]:
    """Give everything up, and return the names of what the kernel does not let this process give up.

    It may grow by ``memory`` bytes of address space and no further, counted from what it has already: libraries map
    hundreds of megabytes that they never touch.
    """
    # Ctrl+C reaches every process of the terminal; the bot ends its workers itself, when what they do is finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lacking = [*_limits(memory), *_privileges(), *_network()]
    return tuple(lacking)


def hide_memory() -> bool:
    """Let no other process of this user read the memory of this one, and no core file hold it; whether that holds."""
    return _prctl(_DUMPABLE, 0)


def _limits(memory: int) -> list[str]:
    try:
        import resource
    except ImportError:  # Windows: the time budget alone holds
        return ["limits"]
    size = _address_space() + memory
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or size < hard:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # A crash while a key is in memory must not leave it in a core file; nothing is written, and nothing forked.
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS),
    ):
        resource.setrlimit(limit, (most, most))
    # The kernel's limit of processes does not count for root.
    return ["no forks"] if os.geteuid() == 0 else []


def _privileges() -> list[str]:
    asked = {
        "end with the bot": _prctl(_PDEATHSIG, signal.SIGKILL),
        "memory hidden": hide_memory(),
        "no new privileges": _prctl(_NO_NEW_PRIVS, 1),
    }
    return [name for name, done in asked.items() if not done]


def _network() -> list[str]:
    """Leave the network, for which an unprivileged process needs a user namespace of its own."""
    try:
        done = ctypes.CDLL(None, use_errno=True).unshare(_NEWUSER | _NEWNET) == 0
    except (OSError, AttributeError):
        done = False
    return [] if done else ["no network"]


def _prctl(option: int, value: int) -> bool:
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):  # no Linux
        return False


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # no /proc on this system
        return 1 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")
