"""Packing what an environment holds, once for all of its app's instances that ask at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.certificates import generate_password
from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient, Document, Form
from bot.certificates.delivery.forms import document
from bot.desk.base.desk import Desk
from bot.desk.delivery.refusals import NotDelivered, Refusal
from store import Authority, Environment, SealBroken, environments
from store.certificates import authorities
from store.delivery import deliverable
from store.delivery.deliverable import Deliverable

# After a change all instances ask at once. Longer than that, no key stays in memory.
_KEPT_SECONDS = 20.0
_MOST_DOCUMENTS = 10


class Broken(Exception):
    """The key of a version can't be decrypted."""

    def __init__(self, one: Deliverable) -> None:
        super().__init__(one.version.label)
        self.one = one


class Changed(Exception):
    """The environment has another revision than the one that was to be packed."""


class Packed:
    """A packed bundle, and its documents, each of which is written once."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._documents: dict[tuple[Form, str], Document] = {}
        self._writing = asyncio.Lock()

    async def document(self, form: Form, directory: str) -> Document:
        """Return the bundle in that form; ``directory`` is the folder that the settings of ``runtime`` name."""
        key = (form, directory)
        async with self._writing:
            if key not in self._documents:
                if len(self._documents) >= _MOST_DOCUMENTS:
                    self._documents.clear()
                # YAML of many certificates takes longer than others should wait.
                self._documents[key] = await asyncio.to_thread(document, self.bundle, form, directory=directory)
            return self._documents[key]


class Packer:
    """Keep a packed bundle for some seconds; of one that is being packed there is one at a time."""

    def __init__(self) -> None:
        self._packing: dict[tuple[str, int, str], asyncio.Task[Packed]] = {}

    async def pack(self, desk: Desk, place: Environment) -> Packed:
        """Decrypt and pack what the environment holds at its revision.

        Raises :class:`Changed` where that is another one by now, NotDelivered, :class:`Broken`, Unavailable.
        """
        key = (place.id, place.revision, place.runtime)
        task = self._packing.get(key)
        if task is None:
            task = self._packing[key] = asyncio.create_task(_packed(desk, place))
            task.add_done_callback(lambda done: self._keep(key, done))
        # Whoever is cancelled, because an instance hung up, ends nothing that others wait for.
        return await asyncio.shield(task)

    def _keep(self, key: tuple[str, int, str], done: asyncio.Task[Packed]) -> None:
        if done.cancelled() or done.exception() is not None:
            del self._packing[key]
        else:
            asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._packing.pop, key, None)


async def _packed(desk: Desk, wanted: Environment) -> Packed:
    async with desk.store.reading() as tx:
        place = await environments.get(tx, wanted.id)
        if place is None or (place.revision, place.runtime) != (wanted.revision, wanted.runtime):
            raise Changed
        several = await deliverable.current(tx, place.id)
        trusted = await authorities.current(tx, place.id)
    clients = [await _client(desk, place, one) for one in several]
    return Packed(Bundle(place.app, place.name, place.revision, tuple(clients), _authorities(trusted)))


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
