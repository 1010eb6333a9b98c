"""Depositing: a client certificate, or authorities, from files that were dropped or chosen in a modal."""

from __future__ import annotations

from bot.certificates import Report, Use
from bot.desk import words
from bot.desk.deposit_outcomes import AsksAgain, DepositRequest, FetchAll, Outcome, Refused
from bot.desk.desk import Desk
from bot.desk.errors import EnvironmentGone, NotYours, PinTaken, UploadGone
from bot.desk.keeping import deposited_before, keep_authorities, keep_client
from bot.desk.opening import Progress
from store import Environment, NotFound, Transaction, Upload, audit, authorities, certificates, environments, uploads
from store import PinTaken as StorePinTaken


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
            return await deposited_before(tx, upload, environment)
        context = desk.context(await certificates.fingerprints(tx, environment.id))
    report = await desk.opener.client(
        await fetch(), request.password, context, member=request.member.id, progress=progress
    )
    if (stop := await _stopped(desk, request, report)) is not None or report.client is None:
        return stop or Refused(report)
    try:
        return await keep_client(desk, request, label=label, pins=pins, report=report, client=report.client)
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
            return await deposited_before(tx, upload, environment)
        context = desk.context(await authorities.fingerprints(tx, environment.id))
    report = await desk.opener.authorities(await fetch(), context, member=request.member.id, progress=progress)
    if (stop := await _stopped(desk, request, report)) is not None:
        return stop
    try:
        return await keep_authorities(desk, request, report)
    except NotFound:
        raise EnvironmentGone from None


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


def _given(files: list[bytes]) -> FetchAll:
    async def fetched() -> list[bytes]:
        return files

    return fetched
