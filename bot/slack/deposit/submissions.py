"""The submitted forms of a deposit: from what was typed and chosen to the answer in the form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from pydantic import SecretStr

from bot.certificates import Code, Report
from bot.desk.base.errors import DeskError
from bot.desk.base.parsing import suggested_label
from bot.desk.deposit import deposits, forms, uploads
from bot.desk.deposit.outcomes import (
    AsksAgain,
    AuthoritiesDeposited,
    Deposited,
    DepositRequest,
    FetchAll,
    Outcome,
    Refused,
)
from bot.desk.opener.pool import Progress
from bot.slack.bolt.call import Call
from bot.slack.deposit import messages
from bot.slack.deposit.confirmation import confirm
from bot.slack.deposit.modals import (
    Typed,
    accepted,
    again,
    checking,
    corrected,
    kept,
    received,
    refilled,
    replaced,
    said_in,
    ticked,
)
from bot.slack.kit import blocks, errors, modals
from bot.slack.kit.blocks import Message, View
from store import Unavailable

ADDED_LATE = "Done: it is added. The card is in the channel, and the reminder to restart the app with it."
CLOSED_MEANWHILE = "The window was closed while your file was being checked. This came of it:"
ALL_THERE = "The environment has every CA certificate of this file already. Nothing was changed."

# Findings that can be mended in the modal, and the field where that is done.
_FIELDS = {
    Code.PASSWORD_REQUIRED: "password",
    Code.WRONG_PASSWORD: "password",
    Code.TWO_PASSWORDS: "password",
    Code.PIN_TAKEN: "pins",
}
_UNDER_FIELD = 1000

Deposit = Callable[..., Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a submission: errors under fields, another view, or (neither) a closed form.

    ``said`` is what the person who did it reads besides.
    """

    errors: dict[str, str] | None = None
    view: View | None = None
    said: Message | None = None


async def deposit(call: Call) -> None:
    """Deposit a dropped client certificate: its form was submitted."""
    await _deposit(call, deposits.deposit, _dropped_file(call))


async def deposit_authorities(call: Call) -> None:
    """Deposit dropped authorities: their form was submitted."""
    await _deposit(call, deposits.deposit_authorities, _dropped_file(call))


async def deposit_added(call: Call) -> None:
    """Deposit the files of `/cert add`: its form was submitted."""
    await _deposit(call, deposits.deposit_any, _chosen_files(call))


def _dropped_file(call: Call) -> FetchAll:
    """Fetch the dropped file, those dropped beside it and ticked, and those chosen in the form."""

    async def fetch() -> list[bytes]:
        typed = _typed(call)
        dropped = await forms.part_files(call.desk, call.metadata, typed.parts, await call.member())
        return [await call.context.files.fetch(file_id) for file_id in dropped] + await _own(call)

    return fetch


def _chosen_files(call: Call) -> FetchAll:
    return lambda: _own(call)


async def _own(call: Call) -> list[bytes]:
    """Return the files that were chosen in the form; raises FileTrouble for one of somebody else."""
    return [await call.context.files.fetch(file_id, of=call.member_id) for file_id in _typed(call).file_ids]


async def _deposit(call: Call, run: Deposit, fetch: FetchAll) -> None:
    """Answer at once if the deposit is quick, else show "checking" and change the form when it is done."""
    typed, progress = _typed(call), Progress()
    work = call.context.tracker.spawn(_answered(call, run, fetch, progress))
    if await call.in_time(work):
        await _ack(call, await work)
    else:
        await call.ack(response_action="update", view=checking(call.metadata, queued=progress.waiting))
        await _show_late(call, await work, typed)
    if (said := (await work).said) is not None:
        upload = await uploads.get(call.desk, call.metadata)
        await call.whisper_in(upload.channel, said)


async def _answered(call: Call, run: Deposit, fetch: FetchAll, progress: Progress) -> Answer:
    try:
        request = await _request(call)
        outcome = await run(call.desk, request, fetch, progress)
    except DeskError as error:
        return _of_error(call, error)
    except Unavailable as error:
        # Under a field, so that the form stays as it was filled in.
        return Answer(errors={"environment": errors.away(error)})
    return _of_outcome(call, outcome, replace(_typed(call), label=request.label))


async def _request(call: Call) -> DepositRequest:
    typed, password = _typed(call), call.typed("password")
    return DepositRequest(
        upload_id=call.metadata,
        member=await call.member(),
        environment_id=typed.environment_id,
        label=typed.label or await _label_of_file(call, typed),
        pins=typed.pins,
        password=SecretStr(password) if password else None,
        accepted=accepted(call.view),
        shown=kept(call.view).sha256,
        parts=typed.parts,
    )


async def _label_of_file(call: Call, typed: Typed) -> str:
    """Return the label that the first chosen file suggests by its name, as a dropped file does."""
    if not typed.file_ids:
        return ""
    return suggested_label((await call.context.files.info(typed.file_ids[0], of=call.member_id)).name)


def _typed(call: Call) -> Typed:
    files = (call.inputs.get("files") or {}).get("files") or ()
    chosen = tuple(str(file["id"]) for file in files if file.get("id"))
    before = kept(call.view)
    return Typed(
        environment_id=call.typed("environment") or before.environment_id,
        label=replaced(call.view) or call.typed("label") or before.label,
        pins=call.typed("pins"),
        file_ids=chosen or received(call.view),
        parts=call.ticked("parts") or ticked(call.view),
    )


def _of_error(call: Call, error: DeskError) -> Answer:
    """Return the error under its field if the form has that field; else in a view of its own."""
    field = errors.field_of(error)
    if field in call.inputs:
        return Answer(errors={field: errors.sentence(error, errors.PLAIN)})
    return Answer(view=modals.notice(errors.sentence(error)))


def _of_outcome(call: Call, outcome: Outcome, typed: Typed) -> Answer:
    if isinstance(outcome, AuthoritiesDeposited):
        return Answer() if outcome.added else Answer(view=modals.notice(ALL_THERE))
    if isinstance(outcome, Deposited):
        return Answer(said=messages.noted(outcome.version, outcome.report) if outcome.report else None)
    if isinstance(outcome, Refused) and (under := _under_fields(outcome.report, call.inputs)):
        return Answer(errors=under)
    if isinstance(outcome, AsksAgain):
        return Answer(view=confirm(call.view, outcome, typed, call.desk.clock()))
    return Answer(view=again(call.view, outcome.report))


def _under_fields(report: Report, fields: Collection[str]) -> dict[str, str]:
    """Return sentences by field if every blocker belongs under a field of the form; else nothing."""
    under: dict[str, str] = {}
    for one in report.blockers:
        field = _FIELDS.get(one.code, "")
        if field not in fields:
            return {}
        under[field] = f"{under.get(field, '')} {one.message} {one.remedy}".strip()[:_UNDER_FIELD]
    return under


async def _ack(call: Call, answer: Answer) -> None:
    if answer.errors:
        await call.ack(response_action="errors", errors=answer.errors)
    elif answer.view:
        await call.ack(response_action="update", view=answer.view)
    else:
        await call.ack(response_action="clear")


async def _show_late(call: Call, answer: Answer, typed: Typed) -> None:
    """Change the view that says "checking"; if it was closed meanwhile, tell the person in the channel."""
    view = _late_view(call, answer, typed)
    if await call.update(view) or not (answer.errors or answer.view):
        return
    upload = await uploads.get(call.desk, call.metadata)
    await call.whisper_in(upload.channel, blocks.say(CLOSED_MEANWHILE, *said_in(view)))


def _late_view(call: Call, answer: Answer, typed: Typed) -> View:
    if answer.errors:
        return refilled(corrected(call.view, answer.errors.values()), typed)
    if answer.view is None:
        return modals.notice(ADDED_LATE, title="Added")
    return refilled(answer.view, typed)
