"""Packing what an environment holds, once for all of its app's instances that ask at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.certificates import generate_password
from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient
from bot.desk.base.desk import Desk
from bot.desk.delivery.refusals import NotDelivered, Refusal
from store import Authority, Environment, SealBroken
from store.certificates import deliverable
from store.certificates.deliverable import Deliverable

# After a change all instances ask at once. Longer than that, no key stays in memory.
_KEPT_SECONDS = 20.0


class Broken(Exception):
    """The key of a version can't be decrypted."""

    def __init__(self, one: Deliverable) -> None:
        super().__init__(one.version.label)
        self.one = one


@dataclass(frozen=True, slots=True)
class Contents:
    """What an environment holds at its revision."""

    place: Environment
    clients: tuple[Deliverable, ...]
    authorities: tuple[Authority, ...]


class Packer:
    """Keep a packed bundle for some seconds; of one that is being packed there is one at a time."""

    def __init__(self) -> None:
        self._packing: dict[tuple[str, int, str], asyncio.Task[Bundle]] = {}

    async def pack(self, desk: Desk, contents: Contents) -> Bundle:
        """Decrypt and pack. Raises NotDelivered, :class:`Broken`, :class:`Unavailable`."""
        place = contents.place
        key = (place.id, place.revision, place.runtime)
        task = self._packing.get(key)
        if task is None:
            task = self._packing[key] = asyncio.create_task(_bundle(desk, contents))
            task.add_done_callback(lambda done: self._packed(key, done))
        # Whoever is cancelled, because an instance hung up, ends nothing that others wait for.
        return await asyncio.shield(task)

    def _packed(self, key: tuple[str, int, str], done: asyncio.Task[Bundle]) -> None:
        if done.cancelled() or done.exception() is not None:
            del self._packing[key]
        else:
            asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._packing.pop, key, None)


async def _bundle(desk: Desk, contents: Contents) -> Bundle:
    place = contents.place
    clients = [await _client(desk, place, one) for one in contents.clients]
    return Bundle(place.app, place.name, place.revision, tuple(clients), _authorities(contents.authorities))


async def _client(desk: Desk, place: Environment, one: Deliverable) -> DeliveredClient:
    try:
        key = await deliverable.decrypt(desk.store.ring, one)
    except SealBroken:
        raise Broken(one) from None
    version, password = one.version, generate_password()
    container = await desk.opener.pack(key, (version.leaf_der, *version.chain_der), password, place.runtime)
    if container.failed:
        reasons = "; ".join(container.failed)
        raise NotDelivered(Refusal.CANNOT_PACK, label=version.label, runtime=place.runtime, reasons=reasons)
    return DeliveredClient(
        label=version.label,
        version=version.number,
        pins=version.pins,
        sha256=version.sha256,
        effective_end=version.effective_end,
        leaf=version.leaf_der,
        chain=version.chain_der,
        key=key,
        container=container.content,
        password=password,
    )


def _authorities(several: Sequence[Authority]) -> tuple[DeliveredAuthority, ...]:
    return tuple(DeliveredAuthority(one.name, one.sha256, one.not_after, one.der) for one in several)
