"""Which environment a person means: the one they named, or the only one of the channel."""

from __future__ import annotations

from bot.desk.base import parsing
from bot.desk.base.access import Find
from bot.desk.base.errors import ElsewhereBound, NeedsEnvironment, NoEnvironment, UnknownEnvironment
from store import Environment, ReadTransaction, environments


async def of_channel(
    tx: ReadTransaction, channel: str, path: str | None
) -> tuple[list[Environment], Environment | None]:
    """Return the channel's environments, and the one of ``path``; without a path, the only one or None.

    Raises NoEnvironment where there is none, BadPath, UnknownEnvironment, ElsewhereBound.
    """
    here = await environments.bound_to(tx, channel)
    if path is not None:
        return here, await _named(tx, here, channel, path)
    if not here:
        raise NoEnvironment
    return here, here[0] if len(here) == 1 else None


async def the_one(tx: ReadTransaction, channel: str, path: str | None) -> Environment:
    """Return the environment that is meant; raises NeedsEnvironment for several, and as :func:`of_channel`."""
    here, chosen = await of_channel(tx, channel, path)
    if chosen is None:
        raise NeedsEnvironment(tuple(one.path for one in here))
    return chosen


def meant(channel: str, path: str | None) -> Find:
    """Find the environment that is meant, as :func:`the_one` does."""

    async def find(tx: ReadTransaction) -> Environment:
        return await the_one(tx, channel, path)

    return find


async def _named(tx: ReadTransaction, here: list[Environment], channel: str, path: str) -> Environment:
    app, name = parsing.path(path)
    found = await environments.find(tx, app, name)
    if found is None:
        raise UnknownEnvironment(f"{app}/{name}", parsing.nearest(f"{app}/{name}", [one.path for one in here]))
    if found.channel != channel:
        raise ElsewhereBound(found.path)
    return found
