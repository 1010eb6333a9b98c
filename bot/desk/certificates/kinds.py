"""Messages about a change of certificates: rolled back, restored, pinned, removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.desk.base.deeds import Acting
from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Authority, DueItem, Environment, PendingRestart, Version, environments
from store.certificates import authorities, clients


@dataclass(frozen=True, slots=True)
class RemovedCard:
    """Tell the channel that a certificate or an authority was removed; ``approved_by`` is empty if nobody had to."""

    environment: Environment
    target: Version | Authority
    by: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """Tell the channel that a version was made current again, restored or pinned (``what``)."""

    environment: Environment
    version: Version | Authority
    what: str
    by: str
    approved_by: str = ""


async def announce(
    acting: Acting,
    kind: Kind[ChangeCard] | Kind[RemovedCard],
    target: Version | Authority,
    restart: PendingRestart,
    *,
    key: str = "",
) -> None:
    """Schedule the message about the latest change of a pending restart; ``key`` is the kind's name otherwise."""
    # By the change, not by what was changed: what was restored can be removed once more.
    once = f"{key or kind.name}:{restart.id}:{restart.edition}"
    payload = {"by": acting.by, **acting.approval}
    await kind.schedule(acting.tx, target.id, key=once, at=acting.now, environment_id=acting.place.id, payload=payload)


async def _load_removed(due: Loading) -> Loaded[RemovedCard]:
    return await _removed(due, await clients.version(due.tx, due.item.subject))


async def _load_authority_removed(due: Loading) -> Loaded[RemovedCard]:
    return await _removed(due, await authorities.get(due.tx, due.item.subject))


async def _removed(due: Loading, target: Version | Authority | None) -> RemovedCard | None:
    environment = await environments.get(due.tx, target.environment_id) if target else None
    if target is None or environment is None:
        return None
    return RemovedCard(environment, target, target.removed_by or "", due.payload.get("approved_by", ""))


def _load_change(what: str) -> Callable[[Loading], Awaitable[Loaded[ChangeCard]]]:
    async def load(due: Loading) -> Loaded[ChangeCard]:
        return await _changed(due, await clients.version(due.tx, due.item.subject), what)

    return load


async def _load_authority_restored(due: Loading) -> Loaded[ChangeCard]:
    return await _changed(due, await authorities.get(due.tx, due.item.subject), "restored")


async def _changed(due: Loading, target: Version | Authority | None, what: str) -> ChangeCard | None:
    environment = await environments.get(due.tx, target.environment_id) if target else None
    if target is None or environment is None:
        return None
    return ChangeCard(environment, target, what, due.payload["by"], due.payload.get("approved_by", ""))


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
