"""Instances that come up with older certificates than those that were loaded before: the channel is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Environment, Transaction, environments, instances
from store.restarts import pending


@dataclass(frozen=True, slots=True)
class Behind:
    """Tell the channel which live instances run a revision older than ``loaded``, which was confirmed as loaded."""

    environment: Environment
    names: tuple[str, ...]
    revision: int
    loaded: int


async def report_behind(tx: Transaction, place: Environment, name: str, revision: int, now: datetime) -> None:
    """Schedule the message if the revision was superseded by one that was loaded; once an hour and revision."""
    if revision >= await pending.loaded_revision(tx, place.id):
        return
    instances.record_behind(tx, place.id, name, revision, at=now)
    key = f"behind:{place.id}:{revision}:{now:%Y-%m-%dT%H}"
    await BEHIND.schedule(tx, place.id, key=key, at=now + _TOGETHER, environment_id=place.id)


# Several instances come up at the same time, and one message names them all.
_TOGETHER = timedelta(seconds=20)


async def _load(due: Loading) -> Loaded[Behind]:
    place = await environments.get(due.tx, due.item.subject)
    if place is None:
        return None
    loaded = await pending.loaded_revision(due.tx, place.id)
    live = await instances.live(due.tx, place.id, since=due.now - timedelta(hours=due.desk.policy.instance_hours))
    late = [one for one in live if one.revision < loaded]
    if not late:
        return None
    return Behind(place, tuple(one.name for one in late), min(one.revision for one in late), loaded)


BEHIND = Kind("behind", Behind, _load, "the message that an instance runs older certificates")
