"""The page that takes an upload: a link asks for its code, and shows a form whose password field is masked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from pydantic import SecretStr

from bot.certificates import Code, Finding, Report
from bot.desk.base.errors import AwaitsApproval, DeskError
from bot.desk.base.parsing import suggested_label
from bot.desk.delivery import page_links, uploading
from bot.desk.delivery.uploading import Visitor
from bot.desk.deposit import forms
from bot.desk.deposit.forms import DepositForm
from bot.desk.deposit.outcomes import AsksAgain, DepositRequest, Refused
from bot.pages.pages import TOKEN, Pages, form, page
from bot.pages.sent_form import SentForm, sent_form
from store.delivery.links import Purpose

PATH = f"/{Purpose.UPLOAD.value}/{TOKEN}"
# Certificate, key and chain may be files of their own.
_FILES = 3
_DONE = "The card is in the channel in Slack, and the reminder to restart the app with it."


class UploadPage:
    """The routes of the page; ``fetch`` downloads a dropped file from Slack by its id."""

    def __init__(self, pages: Pages, fetch: Callable[[str], Awaitable[bytes]]) -> None:
        self._pages = pages
        self._fetch = fetch

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer below ``/upload``."""
        router.add_get(PATH, self._pages.guarded(self._ask))
        router.add_post(PATH, self._pages.guarded(self._show))
        router.add_post(PATH + "/add", self._pages.guarded(self._add))

    async def _ask(self, request: web.Request) -> web.Response:
        token = _token(request)
        await page_links.look_at(self._pages.desk, Purpose.UPLOAD, token, peer=self._pages.peer(request))
        return page(request, "code.html", {"title": "Upload a certificate", "submit": "Go on"})

    async def _show(self, request: web.Request) -> web.Response:
        token, sent = _token(request), await form(request)
        code = "".join(sent.get("code", "").split())
        opened = await uploading.open_page(
            self._pages.desk, self._pages.people, token, code, peer=self._pages.peer(request)
        )
        asked = opened.form
        facts = _facts(token, opened.ticket, asked, {"label": asked.suggested_label})
        return page(request, "upload.html", {**facts, "action": f"{token.get_secret_value()}/add"})

    async def _add(self, request: web.Request) -> web.Response:
        desk, token = self._pages.desk, _token(request)
        sent = await sent_form(request, _FILES * desk.policy.max_bytes)
        ticket = sent.fields.get("ticket", "")
        who = await uploading.visitor(desk, self._pages.people, token, ticket)
        typed = {name: sent.fields.get(name, "") for name in ("environment", "label", "pins")}
        facts = _facts(token, ticket, who.form, typed)
        try:
            outcome = await uploading.deposit(desk, who, _request(who, sent), self._files(who, sent))
        except AwaitsApproval as waits:
            return page(request, "done.html", {"title": "Asked for", "said": self._pages.sentence(waits), "notes": ()})
        except DeskError as error:
            return page(request, "upload.html", {**facts, "said": self._pages.sentence(error), "action": ""}, 400)
        if isinstance(outcome, Refused | AsksAgain):
            return page(request, "upload.html", {**facts, **_findings(outcome), "action": ""}, 400)
        notes = _texts(outcome.report.notes) if outcome.report else []
        return page(request, "done.html", {"title": "Added", "said": _DONE, "notes": notes})

    def _files(self, who: Visitor, sent: SentForm) -> Callable[[], Awaitable[list[bytes]]]:
        async def fetched() -> list[bytes]:
            if who.brings_files:
                return await sent.files()
            several = await forms.part_files(self._pages.desk, who.form.upload.id, (), who.member)
            return [await self._fetch(one) for one in several]

        return fetched


def _token(request: web.Request) -> SecretStr:
    return SecretStr(request.match_info["token"])


def _request(who: Visitor, sent: SentForm) -> DepositRequest:
    fields, password = sent.fields, sent.fields.get("password", "")
    known = {code.value for code in Code}
    accepted = fields.get("accepted", "").split() if fields.get("anyway") else []
    return DepositRequest(
        upload_id=who.form.upload.id,
        member=who.member,
        environment_id=fields.get("environment", ""),
        label=fields.get("label", "").strip() or suggested_label(sent.first_name),
        pins=fields.get("pins", ""),
        password=SecretStr(password) if password else None,
        accepted=frozenset(Code(one) for one in accepted if one in known),
        shown=fields.get("shown", ""),
    )


def _facts(token: SecretStr, ticket: str, asked: DepositForm, typed: object) -> dict[str, object]:
    return {
        "ticket": ticket,
        "environments": asked.environments,
        "file": asked.upload.name if asked.upload.file_id is not None else "",
        "typed": typed,
        "said": "",
        "blockers": (),
        "warnings": (),
        "accepted": "",
        "shown": "",
    }


def _findings(outcome: Refused | AsksAgain) -> dict[str, object]:
    report: Report = outcome.report
    if isinstance(outcome, Refused):
        return {"blockers": _texts(report.blockers)}
    return {
        "warnings": _texts(report.warnings),
        "accepted": " ".join(sorted({one.code.value for one in report.warnings})),
        "shown": report.client.leaf.sha256 if report.client else "",
    }


def _texts(several: Sequence[Finding]) -> list[str]:
    """Return a line for each finding, and for each difference that it names."""
    found = []
    for one in several:
        found.append(f"{one.message} {one.remedy}".strip())
        found += [f"{change.what}: {change.old} → {change.new}" for change in one.changes]
    return found
