"""Messages that could not be sent in several attempts, for the owners of their environment and for admins."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.desk.base.access import ask_groups
from bot.desk.base.desk import Member
from bot.desk.base.errors import UnknownGroup
from store import Environment, ReadTransaction, queue


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something owed since ``since``: its kind (:mod:`bot.desk.kinds`), and the name of what keeps it.

    ``again_at`` is the next attempt, where it is still to come.
    """

    environment: Environment
    kind: str
    since: datetime
    reason: str
    again_at: datetime | None


async def of(tx: ReadTransaction, several: Sequence[Environment], now: datetime) -> list[Stuck]:
    """Return the environments' messages that are stuck, longest first; a channel's weekly list is no environment's."""
    by_id = {one.id: one for one in several}
    items = await queue.stuck(tx, environment_ids=list(by_id), now=now)
    return [
        Stuck(by_id[item.environment_id], item.kind, item.due_at, item.reason or "", _to_come(item.again_at, now))
        for item in items
        if item.environment_id
    ]


def _to_come(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment and moment > now else None


async def shown_to(member: Member, several: Sequence[Stuck]) -> list[Stuck]:
    """Return those that the member may see: an owner those of the environment, a workspace admin all."""
    if member.is_admin:
        return list(several)
    for place in {one.environment.id: one.environment for one in several}.values():
        with suppress(UnknownGroup):
            await ask_groups(member, place)
    return [one for one in several if member.owns(one.environment)]
