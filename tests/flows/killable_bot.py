"""A bot in a process of its own that kills itself (SIGKILL) at one named moment; started by test_killed.py.

``KILL_AT`` is ``WHEN:FUNCTION``: ``before`` or ``after`` the commit of the first transaction in which the store's
``module.function`` was called. Nothing of the bot is replaced; the moment alone is chosen.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.cli.run import run
from store import Store, Transaction


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(when: str, function: str) -> None:
    """Make this process die ``when`` the transaction that called ``function`` commits."""
    reached: list[bool] = []
    module_name, name = function.rsplit(".", 1)
    module = importlib.import_module(f"store.{module_name}")
    real: Callable[..., Any] = getattr(module, name)

    @functools.wraps(real)
    async def noticed(*args: Any, **kwargs: Any) -> Any:
        result = await real(*args, **kwargs)
        reached.append(True)
        return result

    setattr(module, name, noticed)
    begin = Store.transaction

    @asynccontextmanager
    async def watched(self: Store) -> AsyncIterator[Transaction]:
        async with begin(self) as tx:
            yield tx
            if reached and when == "before":
                _die()
        if reached:
            _die()

    Store.transaction = watched  # type: ignore[method-assign]  # a test that chooses the moment of death


if __name__ == "__main__":
    if moment := os.environ.get("KILL_AT"):
        arm(*moment.split(":", 1))
    run()
