"""Keeping what was judged good: one transaction each, with everything that is owed to people afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.certificates import Certificate, ClientMaterial, Report, Use, duplicate
from bot.desk.base.access import by_id, changing
from bot.desk.base.deeds import Acting, Deed
from bot.desk.base.desk import Desk
from bot.desk.base.errors import AlreadyStored, AwaitsApproval, NoLongerGood, PinInUse
from bot.desk.deposit import asked_for
from bot.desk.deposit.asked_for import authorities_as_do, client_as_do
from bot.desk.deposit.kinds import AUTHORITIES, CARD, CLEANUP
from bot.desk.deposit.outcomes import AuthoritiesDeposited, Deposited, DepositRequest, Outcome, Refused
from bot.desk.expiry import warnings
from bot.desk.requests.asking import perform
from bot.desk.restarts.reminders import announce_change
from store import (
    AddedAuthorities,
    Change,
    Environment,
    NewAuthority,
    NewVersion,
    PendingRestart,
    PinTaken,
    ReadTransaction,
    Transaction,
    Upload,
    Version,
    copied,
    uploads,
)
from store.certificates import authorities, clients
from store.requests import requests
from store.restarts import pending

_REMARKS = 10


@dataclass(frozen=True, slots=True)
class Added:
    """A version that was added, and the restart that it waits for."""

    version: Version
    restart: PendingRestart


async def keep_client(
    desk: Desk,
    request: DepositRequest,
    *,
    label: str,
    pins: Sequence[str],
    report: Report,
    client: ClientMaterial,
) -> Outcome:
    """Store version, sealed key, audit event, pending restart, upload, and every message, in one transaction.

    In a protected environment all of that waits. Raises as :func:`changing` and ``requests.asking.perform``.
    """
    async with changing(desk, request.member, by_id(request.environment_id)) as (tx, environment):
        held = await uploads.all_held(tx, (request.upload_id, *request.parts))
        before = await clients.of_upload(tx, request.upload_id)
        if before is not None:
            return Deposited(before, environment, report, None)
        if client.leaf.sha256 in await clients.fingerprints(tx, environment.id):
            return Refused(replace(report, findings=(*report.findings, duplicate())))
        do = client_as_do(client, upload_id=request.upload_id, label=label, pins=pins)
        acting = Acting(desk, tx, environment, request.member.id, desk.clock(), do, client.key, client)
        async with _using_up(acting, held):
            added = await perform(acting, ADD, label=label, upload_id=request.upload_id, remarks=_remarks(report))
    desk.nudge.set()
    return Deposited(added.version, environment, report, added.restart)


@asynccontextmanager
async def _using_up(acting: Acting, held: Sequence[Upload]) -> AsyncIterator[None]:
    """Let the uploads be used up by what the block does or asks for: their keys are in the desk from then on."""
    try:
        yield
    except AwaitsApproval:
        for one in held:
            await _use_up(acting, one, asked=one.id == acting.do["upload"])
        raise
    for one in held:
        await _use_up(acting, one)


async def _add(acting: Acting) -> Added:
    """Add what was judged, or judged again. Raises NoLongerGood, PinInUse and EnvironmentGone."""
    tx, place, do, client = acting.tx, acting.place, acting.do, acting.ready
    if client.leaf.sha256 in await clients.fingerprints(tx, place.id):
        raise NoLongerGood((duplicate().message,))
    try:
        version = await clients.deposit(
            tx,
            upload_id=do["upload"],
            environment_id=place.id,
            label=do["label"],
            pins=do["pins"] or await _pins_before(tx, place, do["label"]),
            new=new_version(client),
            by=acting.by,
            at=acting.now,
        )
    except PinTaken as late:
        raise PinInUse(late.pin, late.label) from None
    restart = await _note_version(tx, version, place, acting.now)
    await warnings.watch(tx, acting.desk.policy, [version], place, acting.now)
    key, payload = f"card:{version.id}", acting.approval or None
    await CARD.schedule(tx, version.id, key=key, at=acting.now, environment_id=place.id, payload=payload)
    return Added(version, restart)


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
    """Store authorities, audit events, pending restart, upload, and every message, in one transaction.

    In a protected environment all of that waits, unless there is nothing new. Raises as :func:`keep_client`.
    """
    async with changing(desk, request.member, by_id(request.environment_id)) as (tx, environment):
        upload = await uploads.held(tx, request.upload_id)
        if upload.finished:
            return await deposited_before(tx, upload, environment)
        do = authorities_as_do(report.authorities, upload_id=upload.id)
        acting = Acting(desk, tx, environment, request.member.id, desk.clock(), do, ready=report.authorities)
        if set(do["sha256"]) <= await authorities.fingerprints(tx, environment.id):
            result = await _add_authorities(acting)
        else:
            async with _asking_for(acting):
                result = await perform(
                    acting, ADD_AUTHORITIES, label=upload.name, upload_id=upload.id, remarks=_remarks(report)
                )
    desk.nudge.set()
    return AuthoritiesDeposited(result.added, len(result.already), environment, report)


@asynccontextmanager
async def _asking_for(acting: Acting) -> AsyncIterator[None]:
    """Mark the upload of what the block asks for, so that nothing else is made of it."""
    try:
        yield
    except AwaitsApproval:
        await uploads.set_state(acting.tx, acting.do["upload"], uploads.ASKED)
        raise


async def _add_authorities(acting: Acting) -> AddedAuthorities:
    """Add those that the environment has not."""
    tx, place, by, now, upload_id = acting.tx, acting.place, acting.by, acting.now, acting.do["upload"]
    new = [new_authority(one) for one in acting.ready]
    result = await authorities.add(tx, upload_id=upload_id, environment_id=place.id, new=new, by=by, at=now)
    if result.added:
        change = Change(what="authorities_added", label=result.added[0].name, by=by, at=now, count=len(result.added))
        restart = await pending.note(tx, environment_id=place.id, change=change)
        await announce_change(tx, restart, place, at=now)
        await warnings.watch(tx, acting.desk.policy, result.added, place, now)
        key, payload = f"authorities:{upload_id}", acting.approval or None
        await AUTHORITIES.schedule(tx, upload_id, key=key, at=now, environment_id=place.id, payload=payload)
    return result


async def _use_up(acting: Acting, upload: Upload, *, asked: bool = False) -> None:
    """Mark an upload as used in a client certificate; an authority among them can still be added as one."""
    if upload.use != Use.AUTHORITY:
        await uploads.set_state(acting.tx, upload.id, uploads.ASKED if asked else uploads.STORED)
    await _schedule_cleanup(acting.tx, upload, acting.place, acting.now)


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
    if upload.use == Use.PART or await requests.of_upload(tx, upload.id) is not None:
        # It went into a certificate that was made from another upload, or was asked for and never added.
        raise AlreadyStored
    return AuthoritiesDeposited(await authorities.of_upload(tx, upload.id), 0, environment, None)


def _remarks(report: Report) -> tuple[str, ...]:
    """Return the warnings that were accepted, for who approves it to read."""
    return tuple(one.message for one in report.warnings[:_REMARKS])


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


ADD = Deed("add", asked_for.look, _add, asked_for.checked_again)
ADD_AUTHORITIES = Deed("add_authorities", asked_for.look_authorities, _add_authorities, asked_for.authorities_again)
