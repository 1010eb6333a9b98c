"""Depositing: a client certificate, or authorities, from files that were dropped or chosen in a modal."""

from __future__ import annotations

from bot.certificates import Report, Use
from bot.desk.base import access, parsing, refusals
from bot.desk.base.desk import Desk
from bot.desk.base.errors import EnvironmentGone, PinInUse, UploadGone
from bot.desk.certificates.pins import read_pins
from bot.desk.deposit.checking import beside, judged, with_taken
from bot.desk.deposit.forms import must_not_wait, own_upload
from bot.desk.deposit.outcomes import AsksAgain, DepositRequest, FetchAll, Outcome, Refused
from bot.desk.deposit.storing import deposited_before, keep_authorities, keep_client
from bot.desk.opener.pool import Progress
from store import Environment, NotFound, ReadTransaction, Upload, environments
from store.certificates import authorities


async def deposit_any(
    desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None
) -> Outcome:
    """Deposit what the files are: authorities where they hold CA certificates only, else a client certificate."""
    request.member.must_manage()
    async with desk.opener.fetching(who := request.member.id, request.environment_id, progress):
        files = await fetch()
        surveys = [await desk.opener.survey(data, desk.context(), member=who) for data in files]
        only_authorities = bool(surveys) and all(one.use is Use.AUTHORITY for one in surveys)
        deposit_them = deposit_authorities if only_authorities else deposit
        return await deposit_them(desk, request, _given(files), progress)


async def deposit(desk: Desk, request: DepositRequest, fetch: FetchAll, progress: Progress | None = None) -> Outcome:
    """Deposit a client certificate. What was deposited from this upload before is returned as it is.

    Raises UploadGone, NotYours, BadLabel, BadPin, AwaitsApproval, as :func:`changing`, and what ``fetch`` raises.
    """
    request.member.must_manage()
    label, pins = parsing.label(request.label), read_pins(request.pins)
    async with desk.store.reading() as tx:
        environment, upload = await _destination(tx, request)
        if upload.finished:
            return await deposited_before(tx, upload, environment)
        held = await beside(tx, environment, label, pins)
    await _may_go_there(request, environment)
    async with desk.opener.fetching(who := request.member.id, request.environment_id, progress):
        files = await fetch()
        report = await judged(desk, environment, held, files, request.password, member=who, progress=progress)
    if (stop := await _stopped(desk, request, environment, report)) is not None or report.client is None:
        return stop or Refused(report)
    try:
        return await keep_client(desk, request, label=label, pins=pins, report=report, client=report.client)
    except NotFound:
        raise EnvironmentGone from None
    except PinInUse as late:
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
    async with desk.opener.fetching(who := request.member.id, request.environment_id, progress):
        report = await desk.opener.authorities(await fetch(), context, member=who, progress=progress)
    if (stop := await _stopped(desk, request, environment, report)) is not None:
        return stop
    try:
        return await keep_authorities(desk, request, report)
    except NotFound:
        raise EnvironmentGone from None


async def _stopped(desk: Desk, request: DepositRequest, place: Environment, report: Report) -> Outcome | None:
    """Return what stops the deposit: a blocker, which is recorded, or a warning that was not shown before."""
    if report.blocked:
        codes = " ".join(sorted({one.code for one in report.blockers}))
        await refusals.attempt(desk, request.member.id, {"codes": codes}, environment=request.environment_id)
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
    await must_not_wait(tx, upload)
    return environment, upload


async def _may_go_there(request: DepositRequest, environment: Environment) -> None:
    """Refuse before a file is fetched and opened what would be refused afterwards."""
    await access.ask(request.member, environment)
    request.member.must_change(environment)


def _given(files: list[bytes]) -> FetchAll:
    async def fetched() -> list[bytes]:
        return files

    return fetched
