"""What an environment holds: overview, list, one thing in full, and removing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.desk.base import parsing
from bot.desk.base.access import changing
from bot.desk.base.deeds import Acting, Deed
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import AlreadyRemoved, AmbiguousLabel, EnvironmentGone, UnknownLabel
from bot.desk.base.lookup import of_channel, the_one
from bot.desk.certificates import kinds, looks
from bot.desk.certificates.lookup import AUTHORITY, CLIENT, environment_with, place_of, target_of
from bot.desk.outbox import stuck
from bot.desk.outbox.stuck import Stuck
from bot.desk.requests.asking import perform
from bot.desk.restarts.reminders import announce_change
from store import (
    Authority,
    Change,
    Environment,
    NotFound,
    PendingRestart,
    PerformedRestart,
    ReadTransaction,
    Version,
    environments,
)
from store.certificates import authorities, clients, summaries
from store.certificates.summaries import Holdings, Listing
from store.restarts import pending, runs

ENVIRONMENTS_LISTED, CLIENTS_LISTED, AUTHORITIES_LISTED = 6, 15, 10
_SHORT = 12
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EnvironmentOverview:
    """An environment and how much is current in it; ``alarm`` is a run that left its app in trouble."""

    environment: Environment
    holdings: Holdings
    pending: PendingRestart | None
    alarm: PerformedRestart | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A channel's environments, and their messages that could not be sent yet (``stuck``)."""

    environments: tuple[EnvironmentOverview, ...]
    stuck: tuple[Stuck, ...]


@dataclass(frozen=True, slots=True)
class ChannelListing:
    """What is current in the first :data:`ENVIRONMENTS_LISTED` environments; ``environments`` are all of them."""

    environments: tuple[Environment, ...]
    listings: tuple[tuple[Environment, Listing], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing in full; ``history`` holds a client certificate's versions, newest first."""

    environment: Environment
    target: Version | Authority
    history: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """What would be removed, or was."""

    environment: Environment
    target: Version | Authority

    @property
    def kind(self) -> str:
        """``client`` or ``authority``."""
        return CLIENT if isinstance(self.target, Version) else AUTHORITY

    @property
    def id(self) -> str:
        """Return the id that :func:`remove` takes."""
        return self.target.certificate_id if isinstance(self.target, Version) else self.target.id


async def overview(desk: Desk, channel: str) -> Overview:
    """Return the channel's environments, those that need attention first, and the messages that are stuck."""
    now = desk.clock()
    async with desk.store.reading() as tx:
        several = await environments.bound_to(tx, channel)
        ids = [one.id for one in several]
        held = await summaries.holdings(tx, ids)
        waiting = {one.environment_id: one for one in (await pending.pending_in(tx, ids, limit=len(ids)))[0]}
        alarm = {one.environment_id: one for one in await runs.failed_in(tx, ids, now)}
        late = await stuck.of(tx, several, now)
    found = [EnvironmentOverview(one, held[one.id], waiting.get(one.id), alarm.get(one.id)) for one in several]
    return Overview(tuple(sorted(found, key=_urgency)), tuple(late))


def _urgency(one: EnvironmentOverview) -> tuple[bool, bool, datetime, bool, str]:
    """Order by alarm, pending restart, what expires first, and whether the environment holds anything; then by path."""
    first, held = one.holdings.expires_first, one.holdings
    return (
        one.alarm is None,
        one.pending is None,
        first.effective_end if first else _NEVER,
        not (held.clients or held.authorities),
        one.environment.path,
    )


async def listed(desk: Desk, channel: str, path: str | None = None) -> ChannelListing:
    """List one environment, or without ``path`` all of the channel.

    Raises as :func:`bot.desk.base.lookup.the_one`.
    """
    now, limits = desk.clock(), {"clients": CLIENTS_LISTED, "authorities": AUTHORITIES_LISTED}
    async with desk.store.reading() as tx:
        several = [await the_one(tx, channel, path)] if path else (await of_channel(tx, channel, None))[0]
        first = several[:ENVIRONMENTS_LISTED]
        listings = [(one, await summaries.listing(tx, one.id, **limits, now=now)) for one in first]
    return ChannelListing(tuple(several), tuple(listings))


async def show(desk: Desk, channel: str, label: str, path: str | None = None) -> Shown:
    """Return the certificate or authority of that label, name or fingerprint. Raises UnknownLabel, AmbiguousLabel."""
    async with desk.store.reading() as tx:
        environment, target = await _find(tx, channel, label, path)
        history = await clients.history(tx, target.certificate_id) if isinstance(target, Version) else []
    return Shown(environment, target, tuple(history))


async def details(desk: Desk, version_id: str, channel: str | None = None) -> Shown:
    """Return a version in full, current or not; raises EnvironmentGone, also if it belongs to another ``channel``."""
    async with desk.store.reading() as tx:
        version = await clients.version(tx, version_id)
        environment = await environments.get(tx, version.environment_id) if version else None
        if version is None or environment is None or (channel and environment.channel != channel):
            raise EnvironmentGone
        history = await clients.history(tx, version.certificate_id)
    return Shown(environment, version, tuple(history))


async def propose_removal(desk: Desk, member: Member, channel: str, label: str, path: str | None = None) -> Removal:
    """Return what removing ``label`` would remove; nothing is removed yet. Raises NotAllowed, and as :func:`show`."""
    member.must_manage()
    async with desk.store.reading() as tx:
        return Removal(*await _find(tx, channel, label, path))


async def remove(desk: Desk, member: Member, channel: str, kind: str, id_: str) -> Removal:
    """Remove it, note that the app must be restarted, and tell the channel.

    Raises AlreadyRemoved, and as :func:`changing` and :func:`~bot.desk.requests.asking.perform`.
    """
    do = {"kind": kind, "id": id_}
    async with changing(desk, member, place_of(kind, id_, channel)) as (tx, place):
        target = await target_of(tx, kind, id_)
        label = target.label if isinstance(target, Version) else target.name
        removal = await perform(Acting(desk, tx, place, member.id, desk.clock(), do), REMOVE, label=label)
    desk.nudge.set()
    return removal


async def _remove(acting: Acting) -> Removal:
    tx, by, now, id_ = acting.tx, acting.by, acting.now, acting.do["id"]
    target: Version | Authority
    try:
        if acting.do["kind"] == CLIENT:
            target = await clients.remove(tx, certificate_id=id_, by=by, at=now)
            change = Change("removed", target.label, by, now, version_id=target.id)
        else:
            target = await authorities.remove(tx, authority_id=id_, by=by, at=now)
            change = Change("authority_removed", target.name, by, now)
    except NotFound:
        raise AlreadyRemoved from None
    restart = await pending.note(tx, environment_id=acting.place.id, change=change)
    said = kinds.REMOVED if isinstance(target, Version) else kinds.AUTHORITY_REMOVED
    await kinds.announce(acting, said, target, restart)
    await announce_change(tx, restart, acting.place, at=now)
    return Removal(acting.place, target)


REMOVE = Deed("remove", looks.of_target, _remove)


async def _find(
    tx: ReadTransaction, channel: str, label: str, path: str | None
) -> tuple[Environment, Version | Authority]:
    environment = await environment_with(tx, channel, label, path)
    version = await clients.find(tx, environment.id, label)
    if version is not None:
        return environment, version
    found = await authorities.find(tx, environment.id, label)
    if len(found) > 1:
        raise AmbiguousLabel(label, tuple(one.sha256[:_SHORT] for one in found))
    if found:
        return environment, found[0]
    names = await clients.labels(tx, environment.id)
    names += await authorities.names(tx, environment.id)
    raise UnknownLabel(label, parsing.nearest(label, names))
