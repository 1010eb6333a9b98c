"""Keeping what was judged good: one transaction each, with everything that is owed to people afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.certificates import Certificate, ClientMaterial, Report, Use, duplicate
from bot.desk.base.access import by_id, changing
from bot.desk.base.desk import Desk
from bot.desk.base.errors import AlreadyStored
from bot.desk.deposit.kinds import AUTHORITIES, CARD, CLEANUP
from bot.desk.deposit.outcomes import AuthoritiesDeposited, Deposited, DepositRequest, Outcome, Refused
from bot.desk.expiry import warnings
from bot.desk.restarts.reminders import announce_change
from store import (
    Authority,
    Change,
    Environment,
    NewAuthority,
    NewVersion,
    PendingRestart,
    ReadTransaction,
    Transaction,
    Upload,
    Version,
    copied,
    uploads,
)
from store.certificates import authorities, clients
from store.restarts import pending


async def keep_client(
    desk: Desk,
    request: DepositRequest,
    *,
    label: str,
    pins: Sequence[str],
    report: Report,
    client: ClientMaterial,
) -> Outcome:
    """Store version, sealed key, audit event, pending restart, upload, and every message, in one transaction."""
    now = desk.clock()
    async with changing(desk, request.member, by_id(request.environment_id)) as (tx, environment):
        held = await uploads.all_held(tx, (request.upload_id, *request.parts))
        before = await clients.of_upload(tx, request.upload_id)
        if before is None and client.leaf.sha256 in await clients.fingerprints(tx, environment.id):
            return Refused(replace(report, findings=(*report.findings, duplicate())))
        version = await clients.deposit(
            tx,
            upload_id=request.upload_id,
            environment_id=environment.id,
            label=label,
            pins=pins or await _pins_before(tx, environment, label),
            new=new_version(client),
            by=request.member.id,
            at=now,
        )
        restart = None
        if before is None:
            restart = await _note_version(tx, version, environment, now)
            await warnings.watch(tx, desk.policy, [version], environment, now)
            await CARD.schedule(tx, version.id, key=f"card:{version.id}", at=now, environment_id=environment.id)
            for one in held:
                await _use_up(tx, one, environment, now)
    desk.nudge.set()
    return Deposited(version, environment, report, restart)


async def _pins_before(tx: ReadTransaction, environment: Environment, label: str) -> tuple[str, ...]:
    """Return the pins of the predecessor: its successor is used for the same, unless somebody says otherwise."""
    current = await clients.find(tx, environment.id, label)
    return current.pins if current else ()


async def _note_version(tx: Transaction, version: Version, place: Environment, now: datetime) -> PendingRestart:
    change = Change(
        what="replaced" if version.replaced else "deposited",
        label=version.label,
        by=version.deposited_by,
        at=now,
        version_id=version.id,
    )
    restart = await pending.note(tx, environment_id=place.id, change=change)
    await announce_change(tx, restart, place, at=now)
    return restart


async def keep_authorities(desk: Desk, request: DepositRequest, report: Report) -> Outcome:
    """Store authorities, audit events, pending restart, upload, and every message, in one transaction."""
    now, by = desk.clock(), request.member.id
    async with changing(desk, request.member, by_id(request.environment_id)) as (tx, environment):
        upload = await uploads.held(tx, request.upload_id)
        if upload.finished:
            return await deposited_before(tx, upload, environment)
        result = await authorities.add(
            tx,
            upload_id=request.upload_id,
            environment_id=environment.id,
            new=[new_authority(one) for one in report.authorities],
            by=by,
            at=now,
        )
        if result.added:
            await _note_authorities(tx, environment, result.added, by=by, now=now)
            await warnings.watch(tx, desk.policy, result.added, environment, now)
            key = f"authorities:{request.upload_id}"
            await AUTHORITIES.schedule(tx, request.upload_id, key=key, at=now, environment_id=environment.id)
    desk.nudge.set()
    return AuthoritiesDeposited(result.added, len(result.already), environment, report)


async def _note_authorities(
    tx: Transaction, environment: Environment, added: Sequence[Authority], *, by: str, now: datetime
) -> None:
    change = Change(what="authorities_added", label=added[0].name, by=by, at=now, count=len(added))
    restart = await pending.note(tx, environment_id=environment.id, change=change)
    await announce_change(tx, restart, environment, at=now)


async def _use_up(tx: Transaction, upload: Upload, place: Environment, now: datetime) -> None:
    """Mark an upload as used in a client certificate; an authority among them can still be added as one."""
    if upload.use != Use.AUTHORITY:
        await uploads.set_state(tx, upload.id, uploads.STORED)
    await _schedule_cleanup(tx, upload, place, now)


async def _schedule_cleanup(tx: Transaction, upload: Upload, place: Environment, now: datetime) -> None:
    """Schedule the deletion of a file in a channel that held a key; the modal's own files lie in no channel."""
    if upload.file_id is not None and upload.holds_key:
        at = now + timedelta(milliseconds=2)
        await CLEANUP.schedule(tx, upload.id, key=f"cleanup:{upload.id}", at=at, environment_id=place.id)


async def deposited_before(tx: ReadTransaction, upload: Upload, environment: Environment) -> Outcome:
    """Return the answer to a second click on Submit, or a second delivery of the first: nothing is done twice."""
    version = await clients.of_upload(tx, upload.id)
    if version is not None:
        return Deposited(version, environment, None, None)
    if upload.use == Use.PART:
        # It went into a certificate that was made from another upload.
        raise AlreadyStored
    return AuthoritiesDeposited(await authorities.of_upload(tx, upload.id), 0, environment, None)


def new_version(client: ClientMaterial) -> NewVersion:
    leaf = client.leaf
    chain = tuple(one.der for one in client.chain)
    return copied(
        NewVersion,
        leaf,
        leaf_der=leaf.der,
        chain_der=chain,
        key=client.key,
        effective_end=client.effective_end,
        key_type=leaf.key,
        chain_names=tuple(one.name for one in client.chain),
        expires_first="" if client.effective_end >= leaf.not_after else client.expires_first.name,
    )


def new_authority(one: Certificate) -> NewAuthority:
    return copied(NewAuthority, one)
