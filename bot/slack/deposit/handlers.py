"""From a dropped file, or `/cert add`, to a deposit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.certificates import Code, Report, Use
from bot.desk.base.desk import Desk
from bot.desk.base.errors import DeskError
from bot.desk.deposit import deposits, forms, uploads
from bot.desk.deposit.outcomes import AuthoritiesDeposited, Deposited, DepositRequest, FetchAll, Outcome, Refused
from bot.desk.opener.pool import Progress
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.certificates import cards, words
from bot.slack.deposit import modals
from bot.slack.deposit.modals import Typed
from bot.slack.kit import blocks
from bot.slack.kit import errors as troubles
from bot.slack.kit.blocks import Message, View
from store import Unavailable

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
    """What a submission leads to: errors under fields, another view, or (neither) a closed modal.

    ``said`` is what the person who did it reads besides.
    """

    errors: dict[str, str] | None = None
    view: View | None = None
    said: Message | None = None


def register(app: AsyncApp, room: Room) -> None:
    """Listen for dropped files, their buttons, and the modals of deposits."""

    async def already_noticed() -> None:
        """The row was written before the event was acknowledged (noticing); bolt wants a listener all the same."""

    app.event("file_shared")(already_noticed)
    for action in ("upload_unlock", "upload_authority", "upload_combine"):
        app.action(action)(acknowledged(room, ask_about_file))
    app.view("deposit")(submission(room, deposit))
    app.view("authority")(submission(room, deposit_authorities))
    app.view("add")(submission(room, deposit_added))


def noticing(desk: Desk) -> Callable[..., Awaitable[None]]:
    """A middleware that commits a shared file's row before bolt acknowledges the event.

    It runs ahead of authorization, whose failure bolt answers with 200: Slack would not deliver the event again.
    An error in here is answered with 500, and Slack does.
    """

    async def notice_file(body: dict[str, Any], next_: Callable[[], Awaitable[None]]) -> None:
        event = body.get("event") or {}
        if event.get("type") == "file_shared":
            file_id = event.get("file_id") or (event.get("file") or {}).get("id")
            channel, member = event.get("channel_id"), event.get("user_id")
            if file_id and channel and member:
                await uploads.notice(desk, file_id=str(file_id), channel=str(channel), member=str(member))
        await next_()

    return notice_file


async def ask_about_file(call: Call) -> None:
    """A button under a dropped file: the modal for what the file is."""
    form = await forms.form(call.desk, call.value, await call.member())
    if not form.environments:
        place = await call.member()
        await call.open(modals.environment(form.upload.id, zone=place.timezone))
        return
    await call.open(modals.dropped(form, title=title_of(form.upload.use)))


def title_of(use: str | None) -> str:
    """Which title the modal of a dropped file has."""
    return "combine" if use in {Use.COMBINE, Use.PART} else "unlock"


async def ask_for_files(call: Call, path: str) -> None:
    """`/cert add`."""
    form = await forms.ask(call.desk, call.channel, await call.member(), environment=path or None)
    await call.open(modals.add(form))


async def deposit(call: Call) -> None:
    """The modal of a dropped client certificate was submitted."""
    await _deposit(call, deposits.deposit, _dropped_file(call))


async def deposit_authorities(call: Call) -> None:
    """The modal of dropped authorities was submitted."""
    await _deposit(call, deposits.deposit_authorities, _dropped_file(call))


async def deposit_added(call: Call) -> None:
    """The modal of `/cert add` was submitted."""
    await _deposit(call, deposits.deposit_any, _chosen_files(call))


def _dropped_file(call: Call) -> FetchAll:
    """The dropped file, those that were dropped beside it and ticked, and those that were chosen in the modal."""

    async def fetch() -> list[bytes]:
        typed = _typed(call)
        dropped = await forms.part_files(call.desk, call.metadata, typed.parts, await call.member())
        return [await call.room.files.fetch(file_id) for file_id in (*dropped, *typed.file_ids)]

    return fetch


def _chosen_files(call: Call) -> FetchAll:
    async def fetch() -> list[bytes]:
        return [await call.room.files.fetch(file_id) for file_id in _typed(call).file_ids]

    return fetch


async def _deposit(call: Call, run: Deposit, fetch: FetchAll) -> None:
    """Answer at once where the deposit is quick, else show "checking" and change the modal when it is done."""
    typed, progress = _typed(call), Progress()
    work = call.room.tracker.spawn(_answered(call, run, fetch, progress))
    if await call.in_time(work):
        await _ack(call, await work)
    else:
        await call.ack(response_action="update", view=modals.checking(call.metadata, queued=progress.waiting))
        await _show_late(call, await work, typed)
    if (said := (await work).said) is not None:
        upload = await uploads.get(call.desk, call.metadata)
        await call.whisper_in(upload.channel, said)


async def _answered(call: Call, run: Deposit, fetch: FetchAll, progress: Progress) -> Answer:
    try:
        outcome = await run(call.desk, await _request(call), fetch, progress)
    except DeskError as error:
        return _of_error(call, error)
    except Unavailable as error:
        # Under a field, so that the form stays as it was filled in.
        return Answer(errors={"environment": troubles.away(error)})
    return _of_outcome(call, outcome)


async def _request(call: Call) -> DepositRequest:
    typed, password = _typed(call), call.typed("password")
    return DepositRequest(
        upload_id=call.metadata,
        member=await call.member(),
        environment_id=typed.environment_id,
        label=typed.label,
        pins=typed.pins,
        password=SecretStr(password) if password else None,
        accepted=modals.accepted(call.view),
        parts=typed.parts,
    )


def _typed(call: Call) -> Typed:
    files = (call.inputs.get("files") or {}).get("files") or ()
    chosen = tuple(str(file["id"]) for file in files if file.get("id"))
    return Typed(
        environment_id=call.typed("environment"),
        label=call.typed("label"),
        pins=call.typed("pins"),
        file_ids=chosen or modals.received(call.view),
        parts=call.ticked("parts"),
    )


def _of_error(call: Call, error: DeskError) -> Answer:
    """Under the field that it is about, where the modal has that field; else in its place."""
    field = next((name for kind, name in troubles.FIELDS.items() if isinstance(error, kind)), "")
    if field in call.inputs:
        return Answer(errors={field: troubles.sentence(error, troubles.PLAIN)})
    return Answer(view=modals.notice(troubles.sentence(error)))


def _of_outcome(call: Call, outcome: Outcome) -> Answer:
    if isinstance(outcome, AuthoritiesDeposited):
        return Answer() if outcome.added else Answer(view=modals.notice(words.ALL_THERE))
    if isinstance(outcome, Deposited):
        return Answer(said=cards.noted(outcome.version, outcome.report) if outcome.report else None)
    if isinstance(outcome, Refused) and (errors := _under_fields(outcome.report, call.inputs)):
        return Answer(errors=errors)
    return Answer(view=modals.again(call.view, outcome.report))


def _under_fields(report: Report, fields: Collection[str]) -> dict[str, str]:
    """Sentences by the field that they belong under, where every blocker belongs under one that the modal has."""
    errors: dict[str, str] = {}
    for one in report.blockers:
        field = _FIELDS.get(one.code, "")
        if field not in fields:
            return {}
        errors[field] = f"{errors.get(field, '')} {one.message} {one.remedy}".strip()[:_UNDER_FIELD]
    return errors


async def _ack(call: Call, answer: Answer) -> None:
    if answer.errors:
        await call.ack(response_action="errors", errors=answer.errors)
    elif answer.view:
        await call.ack(response_action="update", view=answer.view)
    else:
        await call.ack(response_action="clear")


async def _show_late(call: Call, answer: Answer, typed: Typed) -> None:
    """Change the modal that says "checking"; where it was closed meanwhile, tell what was found in the channel."""
    view = _late_view(call, answer, typed)
    if await call.update(view) or not (answer.errors or answer.view):
        return
    upload = await uploads.get(call.desk, call.metadata)
    await call.whisper_in(upload.channel, blocks.say(words.CLOSED_MEANWHILE, *modals.said_in(view)))


def _late_view(call: Call, answer: Answer, typed: Typed) -> View:
    if answer.errors:
        return modals.refilled(modals.corrected(call.view, answer.errors.values()), typed)
    if answer.view is None:
        return modals.notice(words.ADDED_LATE, title="added")
    return modals.refilled(answer.view, typed)
