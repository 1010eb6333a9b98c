"""Depositing: a client certificate, or authorities, from files that were dropped or chosen in a modal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import SecretStr

from bot.certificates import (
    Certificate,
    ClientMaterial,
    Code,
    Report,
    Use,
    duplicate,
)
from bot.desk import due, words
from bot.desk.desk import Desk, Member
from bot.desk.environments import of_channel
from bot.desk.errors import AlreadyStored, EnvironmentGone, NotYours, PinTaken, UploadGone
from bot.desk.opening import Progress
from store import (
    Authority,
    Change,
    Environment,
    NewAuthority,
    NewVersion,
    NotFound,
    PendingRestart,
    Transaction,
    Upload,
    Version,
    audit,
    authorities,
    certificates,
    environments,
    restarts,
    uploads,
)
from store import PinTaken as StorePinTaken

FetchAll = Callable[[], Awaitable[list[bytes]]]

CLIENT, AUTHORITY = "client", "authority"
_NEEDS_PASSWORD = frozenset({Use.UNLOCK.value})


@dataclass(frozen=True, slots=True)
class DepositForm:
    """What a modal asks: where to (the channel's environments), and whether a password is needed."""

    upload: Upload
    environments: tuple[Environment, ...]
    kind: str
    needs_password: bool
    suggested_label: str
    chosen: Environment | None = None


@dataclass(frozen=True, slots=True)
class DepositRequest:
    """A submitted modal. ``pins`` as typed; ``accepted`` are the warnings that were shown before this click."""

    upload_id: str
    member: Member
    environment_id: str
    label: str = ""
    pins: str = ""
    password: SecretStr | None = None
    accepted: frozenset[Code] = frozenset()


@dataclass(frozen=True, slots=True)
class Deposited:
    """A client certificate is kept."""

    version: Version
    environment: Environment
    report: Report | None
    restart: PendingRestart | None


@dataclass(frozen=True, slots=True)
class AuthoritiesDeposited:
    """Authorities are kept; ``already`` counts those that the environment had before."""

    added: tuple[Authority, ...]
    already: int
    environment: Environment
    report: Report | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something in the way; nothing was stored."""

    report: Report


@dataclass(frozen=True, slots=True)
class AsksAgain:
    """Nothing in the way, but warnings that were not shown before; nothing was stored."""

    report: Report


Outcome = Deposited | AuthoritiesDeposited | Refused | AsksAgain


async def form(desk: Desk, upload_id: str, member: Member) -> DepositForm:
    """What to ask about a dropped file; raises UploadGone, NotYours, NotAllowed or AlreadyStored."""
    member.must_manage()
    async with desk.store.transaction() as tx:
        upload = await _open_upload(tx, upload_id, member)
        here = await environments.bound_to(tx, upload.channel)
    return DepositForm(
        upload=upload,
        environments=tuple(here),
        kind=AUTHORITY if upload.use == Use.AUTHORITY else CLIENT,
        needs_password=upload.use in _NEEDS_PASSWORD,
        suggested_label=words.suggested_label(upload.name),
    )


async def ask(desk: Desk, channel: str, member: Member, *, environment: str | None = None) -> DepositForm:
    """What to ask where no file was dropped (`/cert add`); raises NoEnvironment, UnknownEnvironment, NotAllowed."""
    member.must_manage()
    async with desk.store.transaction() as tx:
        here, chosen = await of_channel(tx, channel, environment)
        upload = await uploads.ask(tx, channel=channel, member=member.id, at=desk.clock())
    return DepositForm(upload, tuple(here), CLIENT, needs_password=False, suggested_label="", chosen=chosen)


async def deposit_any(
    desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None
) -> Outcome:
    """Deposit what the files are: authorities where they hold CA certificates only, else a client certificate."""
    files = await fetch()
    surveys = [await desk.opener.survey(data) for data in files]
    only_authorities = bool(surveys) and all(one.use is Use.AUTHORITY for one in surveys)
    deposit_them = deposit_authorities if only_authorities else deposit
    return await deposit_them(desk, request, _given(files), progress)


async def deposit(desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None) -> Outcome:
    """Deposit a client certificate. What was deposited from this upload before is returned as it is.

    Raises EnvironmentGone, UploadGone, NotYours, NotAllowed, BadLabel, BadPin, PinTaken, and what ``fetch`` raises.
    """
    request.member.must_manage()
    label, pins = words.label(request.label), words.pins(request.pins)
    async with desk.store.transaction() as tx:
        environment, upload = await _destination(tx, request)
        if upload.finished:
            return await _deposited_before(tx, upload, environment)
        context = desk.context(await certificates.fingerprints(tx, environment.id))
    report = await desk.opener.client(
        await fetch(), request.password, context, member=request.member.id, progress=progress
    )
    if (stop := await _stopped(desk, request, report)) is not None or report.client is None:
        return stop or Refused(report)
    try:
        return await _keep(desk, request, label=label, pins=pins, report=report, client=report.client)
    except NotFound:
        raise EnvironmentGone from None
    except StorePinTaken as taken:
        raise PinTaken(taken.pin, taken.label) from None


async def deposit_authorities(
    desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None
) -> Outcome:
    """Deposit every authority of the files; raises as :func:`deposit` does, but asks for neither label nor pins."""
    request.member.must_manage()
    async with desk.store.transaction() as tx:
        environment, upload = await _destination(tx, request)
        if upload.finished:
            return await _deposited_before(tx, upload, environment)
        context = desk.context(await authorities.fingerprints(tx, environment.id))
    report = await desk.opener.authorities(await fetch(), context, member=request.member.id, progress=progress)
    if (stop := await _stopped(desk, request, report)) is not None:
        return stop
    try:
        return await _keep_authorities(desk, request, report)
    except NotFound:
        raise EnvironmentGone from None


async def _keep(
    desk: Desk,
    request: DepositRequest,
    *,
    label: str,
    pins: Sequence[str],
    report: Report,
    client: ClientMaterial,
) -> Outcome:
    """One transaction: version, sealed key, audit event, pending restart, upload, and everything owed to people."""
    now = desk.clock()
    async with desk.store.transaction() as tx:
        environment = await environments.require(tx, request.environment_id)
        upload = await uploads.get(tx, request.upload_id)
        before = await certificates.of_upload(tx, request.upload_id)
        if before is None and client.leaf.sha256 in await certificates.fingerprints(tx, environment.id):
            return Refused(replace(report, findings=(*report.findings, duplicate())))
        version = await certificates.deposit(
            tx,
            upload_id=request.upload_id,
            environment_id=environment.id,
            label=label,
            pins=pins,
            new=_new_version(client),
            by=request.member.id,
            at=now,
        )
        restart = None
        if before is None:
            restart = await _note_version(tx, version, now)
            await due.schedule(tx, due.CARD, version.id, key=f"card:{version.id}", at=now)
            await _owe_cleanup(tx, upload, now)
    desk.nudge.set()
    return Deposited(version, environment, report, restart)


async def _note_version(tx: Transaction, version: Version, now: datetime) -> PendingRestart:
    change = Change(
        what="replaced" if version.replaced else "deposited",
        label=version.label,
        by=version.deposited_by,
        at=now,
        version_id=version.id,
    )
    restart = await restarts.note(tx, environment_id=version.environment_id, change=change)
    await due.owe_restart(tx, restart, at=now)
    return restart


async def _keep_authorities(desk: Desk, request: DepositRequest, report: Report) -> Outcome:
    now, by = desk.clock(), request.member.id
    async with desk.store.transaction() as tx:
        environment = await environments.require(tx, request.environment_id)
        upload = await uploads.get(tx, request.upload_id)
        if upload is not None and upload.finished:
            return await _deposited_before(tx, upload, environment)
        result = await authorities.add(
            tx,
            upload_id=request.upload_id,
            environment_id=environment.id,
            new=[_new_authority(one) for one in report.authorities],
            by=by,
            at=now,
        )
        if result.added:
            await _note_authorities(tx, environment, result.added, by=by, now=now)
            await due.schedule(tx, due.AUTHORITIES, request.upload_id, key=f"authorities:{request.upload_id}", at=now)
    desk.nudge.set()
    return AuthoritiesDeposited(result.added, len(result.already), environment, report)


async def _note_authorities(
    tx: Transaction, environment: Environment, added: Sequence[Authority], *, by: str, now: datetime
) -> None:
    change = Change(what="authorities_added", label=added[0].name, by=by, at=now, count=len(added))
    restart = await restarts.note(tx, environment_id=environment.id, change=change)
    await due.owe_restart(tx, restart, at=now)


async def _owe_cleanup(tx: Transaction, upload: Upload | None, now: datetime) -> None:
    """A file in a channel that held a key shall not stay there; the modal's own files lie in none."""
    if upload is not None and upload.file_id is not None and upload.holds_key:
        at = now + timedelta(milliseconds=2)
        await due.schedule(tx, due.CLEANUP, upload.id, key=f"cleanup:{upload.id}", at=at)


async def _stopped(desk: Desk, request: DepositRequest, report: Report) -> Outcome | None:
    """Blockers stop, and are recorded; warnings that were not shown before ask again."""
    if report.blocked:
        async with desk.store.transaction() as tx:
            await audit.append(
                tx,
                tag=audit.Tag.ATTEMPT_REFUSED,
                actor=request.member.id,
                at=desk.clock(),
                environment_id=request.environment_id,
                detail={"codes": " ".join(sorted({one.code for one in report.blockers}))},
            )
        return Refused(report)
    if {one.code for one in report.warnings} - request.accepted:
        return AsksAgain(report)
    return None


async def _destination(tx: Transaction, request: DepositRequest) -> tuple[Environment, Upload]:
    """Where it goes: an environment of the very channel that the upload came from."""
    upload = await uploads.get(tx, request.upload_id)
    if upload is None:
        raise UploadGone
    if upload.member != request.member.id:
        raise NotYours(upload.member)
    environment = await environments.get(tx, request.environment_id)
    if environment is None or environment.channel != upload.channel:
        raise EnvironmentGone
    return environment, upload


async def _open_upload(tx: Transaction, upload_id: str, member: Member) -> Upload:
    upload = await uploads.get(tx, upload_id)
    if upload is None:
        raise UploadGone
    if upload.member != member.id:
        raise NotYours(upload.member)
    if upload.finished:
        raise AlreadyStored
    return upload


async def _deposited_before(tx: Transaction, upload: Upload, environment: Environment) -> Outcome:
    """A second click on Submit, or a second delivery of the first: the same answer, and nothing done twice."""
    version = await certificates.of_upload(tx, upload.id)
    if version is not None:
        return Deposited(version, environment, None, None)
    return AuthoritiesDeposited(await authorities.of_upload(tx, upload.id), 0, environment, None)


def _given(files: list[bytes]) -> FetchAll:
    async def fetched() -> list[bytes]:
        return files

    return fetched


def _new_version(client: ClientMaterial) -> NewVersion:
    leaf = client.leaf
    return NewVersion(
        leaf_der=leaf.der,
        chain_der=tuple(one.der for one in client.chain),
        key=client.key,
        subject=leaf.subject,
        issuer=leaf.issuer,
        serial=leaf.serial,
        sha256=leaf.sha256,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        effective_end=client.effective_end,
        key_type=leaf.key,
        signature=leaf.signature,
        san=leaf.san,
        eku=leaf.eku,
    )


def _new_authority(one: Certificate) -> NewAuthority:
    return NewAuthority(
        der=one.der,
        name=one.name,
        subject=one.subject,
        issuer=one.issuer,
        serial=one.serial,
        sha256=one.sha256,
        not_before=one.not_before,
        not_after=one.not_after,
    )
