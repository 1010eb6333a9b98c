"""The page that hands out a certificate: a link asks for its code, and shows the password and the file, once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import SecretStr

from bot.desk.delivery import handing_out, page_links
from bot.desk.delivery.handing_out import Shown
from bot.pages.pages import TOKEN, Pages, attachment, form, page
from store.delivery.links import Purpose

PATH = f"/{Purpose.HAND_OUT.value}/{TOKEN}"


class HandOutPage:
    """The routes of the page."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def register(self, router: web.UrlDispatcher) -> None:
        """Answer below ``/hand-out``."""
        router.add_get(PATH, self._pages.guarded(self._ask))
        router.add_post(PATH, self._pages.guarded(self._show))
        router.add_post(PATH + "/file", self._pages.guarded(self._file))

    async def _ask(self, request: web.Request) -> web.Response:
        """Ask for the code: programs that look at every link in a message open nothing."""
        token = SecretStr(request.match_info["token"])
        await page_links.look_at(self._pages.desk, Purpose.HAND_OUT, token, peer=self._pages.peer(request))
        return page(request, "code.html", {"title": "Get a certificate", "submit": "Show it"})

    async def _show(self, request: web.Request) -> web.Response:
        token, sent = SecretStr(request.match_info["token"]), await form(request)
        code = "".join(sent.get("code", "").split())
        shown = await handing_out.show(
            self._pages.desk, self._pages.people, token, code, peer=self._pages.peer(request)
        )
        return page(request, "hand_out.html", _facts(shown, token))

    async def _file(self, request: web.Request) -> web.Response:
        token, sent = SecretStr(request.match_info["token"]), await form(request)
        body, label = await handing_out.container(
            self._pages.desk, self._pages.people, token, sent.get("ticket", ""), sent.get("password", "")
        )
        return attachment(body, _name(label), "application/x-pkcs12")


def _facts(shown: Shown, token: SecretStr) -> dict[str, object]:
    version, place = shown.version, shown.environment
    return {
        "label": version.label,
        "file": _name(version.label),
        "number": version.number,
        "path": place.path,
        "subject": version.subject,
        "ends": f"{version.effective_end.astimezone(ZoneInfo(place.timezone)):%d %B %Y}",
        "runtime": place.runtime,
        "pins": version.pins,
        "password": shown.password.get_secret_value(),
        "ticket": shown.ticket,
        "token": token.get_secret_value(),
        "until": f"{shown.expires_at.astimezone(ZoneInfo(place.timezone)):%H:%M}",
    }


def _name(label: str) -> str:
    """Return the file's name: what a label may hold, and no more."""
    kept = "".join(char for char in label if char.isascii() and (char.isalnum() or char in "._-")).strip(".")
    return f"{kept or 'certificate'}.p12"
