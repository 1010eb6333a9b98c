"""Which environment a label or a thing belongs to. A label that only one environment has needs no environment."""

from __future__ import annotations

from bot.desk.base.access import Find
from bot.desk.base.errors import EnvironmentGone, NeedsEnvironment
from bot.desk.base.lookup import of_channel
from store import Authority, Environment, ReadTransaction, Version, environments
from store.certificates import authorities, clients

CLIENT, AUTHORITY = "client", "authority"


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


def having(channel: str, label: str, path: str | None) -> Find:
    """Find the environment that has a label, as :func:`environment_with` does."""

    async def find(tx: ReadTransaction) -> Environment:
        return await environment_with(tx, channel, label, path)

    return find


def place_of(kind: str, id_: str, channel: str) -> Find:
    """Find the environment of a certificate or an authority. Raises EnvironmentGone if it is not in ``channel``."""

    async def find(tx: ReadTransaction) -> Environment:
        place = await environments.get(tx, (await target_of(tx, kind, id_)).environment_id)
        if place is None or place.channel != channel:
            raise EnvironmentGone
        return place

    return find


async def target_of(tx: ReadTransaction, kind: str, id_: str) -> Version | Authority:
    """Return a certificate's version that is or was current, or an authority. Raises EnvironmentGone."""
    found = await (clients.of_certificate(tx, id_) if kind == CLIENT else authorities.get(tx, id_))
    if found is None:
        raise EnvironmentGone
    return found
