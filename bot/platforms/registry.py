"""The platforms that apps can be restarted on. Another one is a module with a ``kind``, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import aiohttp

from bot.desk.base.platforms import Platforms
from bot.platforms import mendix, pipeline


def restart_platforms(
    session: aiohttp.ClientSession,
    clock: Callable[[], datetime],
    *,
    deploy_api: str,
    hosts: frozenset[str] = frozenset(),
) -> Platforms:
    """Return every platform.

    ``deploy_api`` is the address of the Mendix Deploy API; ``hosts`` are those that the operator lets webhooks go to,
    or none for any that is encrypted.
    """
    return Platforms((mendix.kind(session, deploy_api), pipeline.kind(session, clock, hosts)))
