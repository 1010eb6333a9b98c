"""Depositing: a client certificate, or authorities, from files that were dropped or chosen in a modal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.certificates import Report, Use, pin_taken
from bot.desk.base import parsing
from bot.desk.base.desk import Desk
from bot.desk.base.errors import EnvironmentGone, UploadGone
from bot.desk.deposit.forms import own_upload
from bot.desk.deposit.outcomes import AsksAgain, DepositRequest, FetchAll, Outcome, Refused
from bot.desk.deposit.storing import deposited_before, keep_authorities, keep_client
from bot.desk.opener.pool import Progress
from store import Environment, NotFound, PinTaken, ReadTransaction, Upload, audit, environments
from store.certificates import authorities, clients
from store.certificates.pins import taken_pins


async def deposit_any(
    desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None
) -> Outcome:
    """Deposit what the files are: authorities where they hold CA certificates only, else a client certificate."""
    files = await fetch()
    surveys = [await desk.opener.survey(data, desk.context()) for data in files]
    only_authorities = bool(surveys) and all(one.use is Use.AUTHORITY for one in surveys)
    deposit_them = deposit_authorities if only_authorities else deposit
    return await deposit_them(desk, request, _given(files), progress)


async def deposit(desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None) -> Outcome:
    """Deposit a client certificate. What was deposited from this upload before is returned as it is.

    Raises UploadGone, NotYours, BadLabel, BadPin, as :func:`changing`, and what ``fetch`` raises.
    """
    request.member.must_manage()
    label, pins = parsing.label(request.label), parsing.pins(request.pins)
    async with desk.store.reading() as tx:
        environment, upload = await _destination(tx, request)
        if upload.finished:
            return await deposited_before(tx, upload, environment)
        before = await clients.find(tx, environment.id, label)
        current = await clients.fingerprints(tx, environment.id)
        trusted = [one.der for one in await authorities.current(tx, environment.id)]
        taken = await taken_pins(tx, environment.id, label, pins)
    await _may_go_there(request, environment)
    report = await desk.opener.client(
        await fetch(),
        request.password,
        desk.context(environment, current=current, previous=before.leaf_der if before else None),
        authorities=trusted,
        member=request.member.id,
        progress=progress,
    )
    report = with_taken(report, taken)
    if (stop := await _stopped(desk, request, environment, report)) is not None or report.client is None:
        return stop or Refused(report)
    try:
        return await keep_client(desk, request, label=label, pins=pins, report=report, client=report.client)
    except NotFound:
        raise EnvironmentGone from None
    except PinTaken as late:
        return Refused(with_taken(report, {late.pin: late.label}))


async def deposit_authorities(
    desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None
) -> Outcome:
    """Deposit every authority of the files; raises as :func:`deposit` does, but asks for neither label nor pins."""
    request.member.must_manage()
    async with desk.store.reading() as tx:
        environment, upload = await _destination(tx, request)
        if upload.finished:
            return await deposited_before(tx, upload, environment)
        context = desk.context(environment, current=await authorities.fingerprints(tx, environment.id))
    await _may_go_there(request, environment)
    report = await desk.opener.authorities(await fetch(), context, member=request.member.id, progress=progress)
    if (stop := await _stopped(desk, request, environment, report)) is not None:
        return stop
    try:
        return await keep_authorities(desk, request, report)
    except NotFound:
        raise EnvironmentGone from None


async def _stopped(desk: Desk, request: DepositRequest, place: Environment, report: Report) -> Outcome | None:
    """Return what stops the deposit: a blocker, which is recorded, or a warning that was not shown before."""
    if report.blocked:
        async with desk.store.transaction() as tx:
            tx.record(
                audit.Tag.ATTEMPT_REFUSED,
                request.member.id,
                desk.clock(),
                environment=request.environment_id,
                codes=" ".join(sorted({one.code for one in report.blockers})),
            )
        return Refused(report)
    shown = report.client is None or request.shown in ("", report.client.leaf.sha256)
    if {one.code for one in report.warnings} - (request.accepted if shown else frozenset()):
        return AsksAgain(report, place)
    return None


async def _destination(tx: ReadTransaction, request: DepositRequest) -> tuple[Environment, Upload]:
    """Return the environment that it goes to, of the channel that the upload and its parts came from."""
    upload, *parts = [await own_upload(tx, id_, request.member) for id_ in (request.upload_id, *request.parts)]
    if any(part.channel != upload.channel for part in parts):
        raise UploadGone
    environment = await environments.get(tx, request.environment_id)
    if environment is None or environment.channel != upload.channel:
        raise EnvironmentGone
    return environment, upload


async def _may_go_there(request: DepositRequest, environment: Environment) -> None:
    """Refuse before a file is fetched and opened what would be refused afterwards."""
    await request.member.channels.ask(environment.channel)
    request.member.must_change(environment)


def with_taken(report: Report, taken: Mapping[str, str]) -> Report:
    """Return the report with a finding for each pin that has another owner (pin to label)."""
    return replace(report, findings=(*report.findings, *(pin_taken(pin, label) for pin, label in taken.items())))


def _given(files: list[bytes]) -> FetchAll:
    async def fetched() -> list[bytes]:
        return files

    return fetched
