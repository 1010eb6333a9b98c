"""Proof: instances report which revision they run, and what all of them have loaded is confirmed by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.base.desk import Desk
from bot.desk.base.errors import BadToken
from bot.desk.delivery.behind import Behind, report_behind
from bot.desk.delivery.bundles import actor
from bot.desk.delivery.refusals import NotDelivered, Refusal
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.restarts.pending import confirmed_in
from bot.desk.restarts.reminders import COMES_BACK_WITHIN, PROOF, live_instances, schedule_proof_update
from store import Environment, HookToken, NotFound, PendingRestart, Transaction, environments, instances
from store.certificates import clients
from store.delivery.instances import Running
from store.restarts import pending, tokens

MOST_INSTANCES, MOST_FINGERPRINTS, LONGEST_NAME = 5000, 2000, 120
_FORGOTTEN_AFTER = timedelta(days=30)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Report:
    """What an instance says: the revision that it runs, the SHA-256 of its client certificates, and its name.

    ``stopped`` says that it has ended; then neither of the first two counts. For some minutes it counts as running what
    it ran: most come back, with newer certificates.
    """

    instance: str
    revision: int = 0
    fingerprints: tuple[str, ...] = ()
    stopped: bool = False
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What came of a report: how many live instances there are, how many run what is current, and what is pending."""

    environment: Environment
    instances: int
    current: int
    confirmed: bool
    pending: int


async def loaded(desk: Desk, token: HookToken, report: Report) -> Standing:
    """Record what an instance runs; confirm the restart whose changes every live instance has loaded.

    Raises NotDelivered, and BadToken where the token ended meanwhile.
    """
    _check(report)
    now = desk.clock()
    async with desk.store.transaction() as tx:
        try:
            place = await environments.require(tx, token.environment_id)
            await tokens.used(tx, token.id, at=now, peer=report.peer)
        except NotFound:
            raise BadToken from None
        is_new = await _recorded(tx, place, token, report, now)
        running = await live_instances(tx, desk, place.id, place.revision, now)
        before = await pending.of(tx, place.id)
        if report.stopped and before is not None:
            await _look_again(tx, before, now)
        confirmed = before is not None and await _proven(tx, before, running, now)
        if is_new and before is not None and not confirmed:
            await schedule_proof_update(tx, before, now)
        rest = await pending.of(tx, place.id)
    desk.nudge.set()
    return Standing(place, running.instances, running.current, confirmed, len(rest.changes) if rest else 0)


def _check(report: Report) -> None:
    name = report.instance
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name):
        raise NotDelivered(Refusal.BAD_INSTANCE, longest=LONGEST_NAME)
    if len(report.fingerprints) > MOST_FINGERPRINTS or not all(map(_FINGERPRINT.fullmatch, report.fingerprints)):
        raise NotDelivered(Refusal.BAD_FINGERPRINTS)


async def _recorded(tx: Transaction, place: Environment, token: HookToken, report: Report, now: datetime) -> bool:
    """Record the report, and return whether it says something else than the one before."""
    if report.stopped:
        await instances.stop(tx, environment_id=place.id, name=report.instance, at=now)
        return True
    await _must_be_so(tx, place, report)
    if await instances.find(tx, place.id, report.instance) is None:
        await instances.forget(tx, place.id, before=now - _FORGOTTEN_AFTER)
        if await instances.count(tx, place.id) >= MOST_INSTANCES:
            raise NotDelivered(Refusal.TOO_MANY_INSTANCES, most=MOST_INSTANCES)
    before = await instances.report(
        tx,
        environment_id=place.id,
        name=report.instance,
        revision=report.revision,
        fingerprints=report.fingerprints,
        at=now,
    )
    is_new = before is None or before.stopped_at is not None or before.revision != report.revision
    if is_new:
        instances.record_loaded(tx, place.id, report.instance, report.revision, by=actor(token), at=now)
        await report_behind(tx, place, report.instance, report.revision, now)
    return is_new


async def _must_be_so(tx: Transaction, place: Environment, report: Report) -> None:
    """Refuse a revision that never was, and certificates that the current one does not have."""
    if not 0 <= report.revision <= place.revision:
        raise NotDelivered(Refusal.UNKNOWN_REVISION, revision=report.revision, current=place.revision)
    if report.revision != place.revision:
        return
    held = await clients.fingerprints(tx, place.id)
    if set(report.fingerprints) != held:
        missing = len(held - set(report.fingerprints))
        raise NotDelivered(Refusal.FINGERPRINTS_DIFFER, revision=place.revision, missing=missing)


async def _look_again(tx: Transaction, restart: PendingRestart, now: datetime) -> None:
    """Schedule a look at who is left, for when the instance should have come back; one a minute is enough."""
    at = now + COMES_BACK_WITHIN
    key = f"proof-look:{restart.id}:{at:%Y-%m-%dT%H:%M}"
    await PROOF_LOOK.schedule(tx, restart.id, key=key, at=at, environment_id=restart.environment_id)


async def _load_look(_due: Loading) -> Loaded[Behind]:
    return None


async def _look(sent: Sent[Behind]) -> None:
    restart = await pending.get(sent.tx, sent.item.subject)
    if restart is None or restart.confirmed_at is not None:
        return
    try:
        place = await environments.require(sent.tx, restart.environment_id)
    except NotFound:
        return
    running = await live_instances(sent.tx, sent.desk, place.id, place.revision, sent.now)
    if await _proven(sent.tx, restart, running, sent.now):
        sent.desk.nudge.set()


PROOF_LOOK = Kind("proof-look", Behind, _load_look, "a look at an app's instances", after=_look)


async def _proven(tx: Transaction, restart: PendingRestart, running: Running, now: datetime) -> bool:
    """Confirm the changes that every live instance runs, and return whether there were any."""
    if not running.instances:
        return False
    seen = sum(one.revision <= running.least for one in restart.changes)
    if not seen:
        return False
    done = await confirmed_in(tx, restart.id, by=f"{PROOF}{running.instances}", now=now, seen=seen)
    return done.first
