"""Removing an environment with everything in it, bringing it back, and destroying its keys when it is too late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.base import access, errors, parsing
from bot.desk.base.access import by_id, may_own, owning
from bot.desk.base.deeds import Acting, Deed, Do, Look
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import EnvironmentGone, NothingToRestore
from bot.desk.base.lookup import meant
from bot.desk.expiry import warnings, weekly_list
from bot.desk.outbox import notices
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.outbox.notices import Notice
from bot.desk.requests import deciding
from bot.desk.requests.asking import perform
from bot.desk.restarts.connections import must_not_run
from bot.desk.restarts.reminders import resume_reminders
from store import AlreadyExists, Environment, ReadTransaction, environments
from store.certificates import summaries, versions
from store.certificates.summaries import Holdings
from store.restarts import connections, pending, tokens

REMOVED = "removed"
CERTDESK = "certdesk"


@dataclass(frozen=True, slots=True)
class Removal:
    """An environment that could be removed, and what would go with it; ``tokens`` counts those of pipelines."""

    environment: Environment
    holdings: Holdings
    tokens: int
    connected: bool

    @property
    def is_empty(self) -> bool:
        """Return whether nothing would go with it."""
        return not (self.holdings.clients or self.holdings.authorities or self.tokens or self.connected)


async def propose(desk: Desk, member: Member, channel: str, path: str) -> Removal:
    """Return what removing would remove; nothing is removed yet.

    Raises RestartRuns, as :func:`may_own`, and as ``the_one``.
    """
    place = await may_own(desk, member, meant(channel, path))
    async with desk.store.reading() as tx:
        await must_not_run(tx, place)
        held = (await summaries.holdings(tx, [place.id]))[place.id]
        live = await tokens.live(tx, place.id)
        return Removal(place, held, len(live), await connections.of(tx, place.id) is not None)


async def remove(desk: Desk, member: Member, environment_id: str, *, channel: str | None = None) -> Environment:
    """Remove the environment with everything in it, which :func:`restore` brings back for some weeks.

    Raises RestartRuns, as :func:`owning` and :func:`~bot.desk.requests.asking.perform`.
    """
    async with owning(desk, member, by_id(environment_id)) as (tx, place):
        if channel not in {None, place.channel}:
            raise EnvironmentGone
        acting = Acting(desk, tx, place, member.id, desk.clock(), {})
        await perform(acting, REMOVE_ENVIRONMENT, label=place.path)
    desk.nudge.set()
    return place


async def _remove(acting: Acting) -> None:
    tx, place, now = acting.tx, acting.place, acting.now
    await must_not_run(tx, place)
    await deciding.overtake(tx, place, by=acting.by, at=now, reason=REMOVED, but=acting.request_id)
    until = now + timedelta(days=acting.desk.policy.keep_removed_days)
    detail = {"until": until.isoformat()}
    await notices.schedule(tx, place, REMOVED, by=acting.by, at=now, approved_by=acting.approved_by, detail=detail)
    await environments.remove(tx, place.id, by=acting.by, at=now)
    key, payload = f"environment-purge:{place.id}:{now.isoformat()}", {"removed_at": now.isoformat()}
    await PURGE.schedule(tx, place.id, key=key, at=until, payload=payload)


async def _look(tx: ReadTransaction, place: Environment, _do: Do) -> Look:
    """Return how much the environment holds; nothing of one that is removed."""
    if await environments.get(tx, place.id) is None:
        return {}
    held = (await summaries.holdings(tx, [place.id]))[place.id]
    return {"clients": (str(held.clients),), "count": (str(held.authorities),)}


async def restore(desk: Desk, member: Member, channel: str, path: str) -> Environment:
    """Bring back the environment of that path that was removed from this channel last, as it was.

    It needs no approval where it is protected: nothing is others than what was approved before. Raises BadPath,
    NothingToRestore, AlreadyExists, and as ``must_own``.
    """
    member.must_manage()
    app, name = parsing.path(path)
    async with desk.store.reading() as tx:
        gone = _named(await restorable(tx, desk, channel), app, name)
    await access.ask(member, gone, owns=True)
    now = desk.clock()
    async with desk.store.transaction() as tx:
        gone = _named(await restorable(tx, desk, channel), app, name)
        member.must_own(gone)
        try:
            place = await environments.restore(tx, gone.id, by=member.id, at=now)
        except AlreadyExists:
            raise errors.AlreadyExists(f"{app}/{name}", here=False) from None
        await weekly_list.watch_channel(tx, place, now)
        await warnings.replan(tx, desk.policy, place, now)
        if (restart := await pending.of(tx, place.id)) is not None:
            await resume_reminders(tx, restart, place, now)
        await notices.schedule(tx, place, "restored", by=member.id, at=now)
    desk.nudge.set()
    return place


def _named(several: Sequence[Environment], app: str, name: str) -> Environment:
    gone = next((one for one in several if (one.app, one.name) == (app, name)), None)
    if gone is None:
        raise NothingToRestore(f"{app}/{name}")
    return gone


async def restorable(tx: ReadTransaction, desk: Desk, channel: str) -> list[Environment]:
    """Return what was removed from a channel and can be brought back, latest first."""
    since = desk.clock() - timedelta(days=desk.policy.keep_removed_days)
    return [one.environment for one in await environments.removed(tx, channel=channel) if one.at > since]


async def listing(desk: Desk, channel: str) -> list[Environment]:
    """Return the same for somebody who looks."""
    async with desk.store.reading() as tx:
        return await restorable(tx, desk, channel)


async def _load(_due: Loading) -> Loaded[Notice]:
    """Nothing is said: the channel was told when the environment was removed."""
    return None


async def _purge(sent: Sent[Notice]) -> None:
    """Destroy what a removed environment held, some keys at a time; one that is back keeps everything."""
    tx, id_, payload = sent.tx, sent.item.subject, sent.item.payload or {}
    gone = await environments.removed(tx, id_=id_)
    if not gone or gone[0].at != datetime.fromisoformat(payload["removed_at"]):
        return
    if await versions.purge_environment(tx, id_, by=CERTDESK, at=sent.now):
        await PURGE.schedule(tx, id_, key=f"{sent.item.key}+", at=sent.now, payload=payload)
        sent.desk.nudge.set()
        return
    await connections.remove(tx, id_, by=CERTDESK, at=sent.now)
    await tokens.revoke_all(tx, id_, by=CERTDESK, at=sent.now)


PURGE = Kind("environment-purge", Notice, _load, "destroying what a removed environment held", after=_purge)
REMOVE_ENVIRONMENT = Deed("remove_environment", _look, _remove, owners=True)
