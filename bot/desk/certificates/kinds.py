"""Messages about a change of certificates: rolled back, restored, pinned, removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Authority, DueItem, Environment, PendingRestart, Transaction, Version, environments
from store.certificates import authorities, clients


@dataclass(frozen=True, slots=True)
class RemovedCard:
    """Tell the channel that a certificate or an authority was removed."""

    environment: Environment
    target: Version | Authority
    by: str


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """Tell the channel that a version was made current again, restored or pinned (``what``)."""

    environment: Environment
    version: Version | Authority
    what: str
    by: str


async def announce(
    tx: Transaction,
    kind: Kind[ChangeCard] | Kind[RemovedCard],
    target: Version | Authority,
    restart: PendingRestart,
    *,
    by: str,
    at: datetime,
    key: str = "",
) -> None:
    """Schedule the message about the latest change of a pending restart; ``key`` is the kind's name otherwise."""
    # By the change, not by what was changed: what was restored can be removed once more.
    once = f"{key or kind.name}:{restart.id}:{restart.edition}"
    await kind.schedule(tx, target.id, key=once, at=at, environment_id=restart.environment_id, payload={"by": by})


async def _load_removed(due: Loading) -> Loaded[RemovedCard]:
    return await _removed(due, await clients.version(due.tx, due.item.subject))


async def _load_authority_removed(due: Loading) -> Loaded[RemovedCard]:
    return await _removed(due, await authorities.get(due.tx, due.item.subject))


async def _removed(due: Loading, target: Version | Authority | None) -> RemovedCard | None:
    environment = await environments.get(due.tx, target.environment_id) if target else None
    return RemovedCard(environment, target, target.removed_by or "") if target and environment else None


def _load_change(what: str) -> Callable[[Loading], Awaitable[Loaded[ChangeCard]]]:
    async def load(due: Loading) -> Loaded[ChangeCard]:
        return await _changed(due, await clients.version(due.tx, due.item.subject), what)

    return load


async def _load_authority_restored(due: Loading) -> Loaded[ChangeCard]:
    return await _changed(due, await authorities.get(due.tx, due.item.subject), "restored")


async def _changed(due: Loading, target: Version | Authority | None, what: str) -> ChangeCard | None:
    environment = await environments.get(due.tx, target.environment_id) if target else None
    return ChangeCard(environment, target, what, due.payload["by"]) if target and environment else None


def _old(item: DueItem) -> DueItem:
    subject, _, by = item.subject.partition(":")
    return replace(item, subject=subject, payload={"by": by})


REMOVED = Kind("removed", RemovedCard, _load_removed, "the note that a certificate was removed")
AUTHORITY_REMOVED = Kind(
    "authority-removed", RemovedCard, _load_authority_removed, "the note that a CA certificate was removed"
)
ROLLED_BACK = Kind(
    "rolled_back",
    ChangeCard,
    _load_change("rolled_back"),
    "the note that an older version is current again",
    before_payload=_old,
)
RESTORED = Kind(
    "restored", ChangeCard, _load_change("restored"), "the note that a certificate is back", before_payload=_old
)
PINNED = Kind("pinned", ChangeCard, _load_change("pinned"), "the note of new pins", before_payload=_old)
AUTHORITY_RESTORED = Kind(
    "authority_restored",
    ChangeCard,
    _load_authority_restored,
    "the note that a CA certificate is back",
    before_payload=_old,
)
