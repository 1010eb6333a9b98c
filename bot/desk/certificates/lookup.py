"""Which environment a label belongs to: one that only one environment of the channel has needs no environment."""

from __future__ import annotations

from bot.desk.base.errors import NeedsEnvironment
from bot.desk.base.lookup import of_channel
from store import Environment, ReadTransaction
from store.certificates import authorities, clients


async def environment_with(tx: ReadTransaction, channel: str, label: str, path: str | None) -> Environment:
    """Return the environment of ``path``, or the only one of the channel that has the label, name or fingerprint.

    Raises NeedsEnvironment if several have it, or several environments and none, and as :func:`of_channel`.
    """
    here, chosen = await of_channel(tx, channel, path)
    if chosen is not None:
        return chosen
    having = [one for one in here if await _has(tx, one, label)]
    if len(having) == 1:
        return having[0]
    raise NeedsEnvironment(tuple(one.path for one in having or here))


async def _has(tx: ReadTransaction, place: Environment, label: str) -> bool:
    return bool(await clients.find(tx, place.id, label) or await authorities.find(tx, place.id, label))
