"""Notices: one line in the channel about what an owner decided, so that everybody there knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Environment, Transaction, environments


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell ``channel`` what was done (``what``, a name) and by whom; ``approved_by`` is empty if nobody had to.

    ``detail`` says more, by name.
    """

    environment: Environment
    channel: str
    what: str
    by: str
    approved_by: str
    detail: Mapping[str, str]


async def schedule(
    tx: Transaction,
    place: Environment,
    what: str,
    *,
    by: str,
    at: datetime,
    approved_by: str = "",
    detail: Mapping[str, str] | None = None,
    channel: str = "",
) -> None:
    """Schedule a notice for the environment's channel, or for another one."""
    told = channel or place.channel
    key = f"notice:{place.id}:{what}:{told}:{at.isoformat()}"
    payload = {"what": what, "by": by, "approved_by": approved_by, "detail": dict(detail or {}), "channel": told}
    await NOTICE.schedule(tx, place.id, key=key, at=at, environment_id=place.id, payload=payload)


async def _load(due: Loading) -> Loaded[Notice]:
    given = due.payload
    if (place := await environments.known(due.tx, due.item.subject)) is None:
        return None
    return Notice(place, given["channel"], given["what"], given["by"], given["approved_by"], given["detail"])


NOTICE = Kind("notice", Notice, _load, "a note about an environment")
