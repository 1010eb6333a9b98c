"""Who may do what: every role tries every action from every entry point, on the whole bot.

Somebody begins as an owner in the channel and opens windows, lists and questions; then they become somebody else, and
use all of it. What came of a try is read from the audit log, and from what Slack shows them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.api import Api
from bot.desk.base.desk import Member, NoIssuers
from bot.desk.certificates import versions
from bot.desk.delivery import handing_out, uploading
from bot.desk.deposit import forms
from bot.desk.environments import settings
from bot.desk.environments.ownerless import OWNERLESS
from bot.desk.environments.settings import Setting
from bot.desk.restarts import tokens
from bot.pages import Pages
from bot.pages.hand_out import HandOutPage
from bot.pages.upload import UploadPage
from bot.peers import Peers
from bot.slack import Client
from bot.slack.bolt import people
from bot.slack.kit.errors import PLAIN, sentence
from bot.workspace.core.people import BOT_USER, PARTNER_TEAM, Channel, Person, UserGroup
from bot.workspace.members.views import publish_home
from store import Environment, audit, environments
from store.delivery.links import Issued
from store.restarts.tokens import Scope
from tests.desk.everywhere import EVERYBODY, EVERYWHERE
from tests.slack import made
from tests.slack.office import BOB, GENERAL, ORDERS, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
CAROL, ERIN, GROUP = "U0CAROL", "U0ERIN", "S0PLATFORM"
DIRECT = "D0ERIN"
PASSWORD = "canary-pw-of-a-role"
PRODUCTION, TEST, GUARDED, AT_HOME = "orders/production", "orders/test", "orders/guarded", "orders/home"
OWNER = Member(BOB, is_admin=True, channels=EVERYWHERE)

LOOK, CHANGE, OWN = "look", "change", "own"
NOBODY: frozenset[str] = frozenset()
# Over HTTP a token is the right, whatever became of the person who made it.
TOKEN = "token"
NO_ONE = "nobody"
IN_GROUP = "in a user group that owns"
RIGHTS: dict[str, frozenset[str]] = {
    "member": frozenset({LOOK, CHANGE}),
    "member of a sibling workspace": frozenset({LOOK, CHANGE}),
    "owner": frozenset({LOOK, CHANGE, OWN}),
    IN_GROUP: frozenset({LOOK, CHANGE, OWN}),
    "admin": frozenset({LOOK, CHANGE, OWN}),
    "admin outside the channel": frozenset({LOOK, OWN}),
    "guest": frozenset({LOOK}),
    "left the channel": NOBODY,
    "owner who left the channel": NOBODY,
    "external": NOBODY,
    "external admin": NOBODY,
    "app": NOBODY,
    "deactivated": NOBODY,
}
BECOMES: dict[str, dict[str, Any]] = {
    "member of a sibling workspace": {"team": "T0SIBLING", "enterprise": "E0COMPANY"},
    "admin": {"is_admin": True},
    "admin outside the channel": {"is_admin": True},
    "guest": {"is_guest": True},
    "external": {"team": PARTNER_TEAM},
    "external admin": {"team": PARTNER_TEAM, "is_admin": True},
    "app": {"is_app": True},
    "deactivated": {"is_deactivated": True},
}
OUT = frozenset({"admin outside the channel", "left the channel", "owner who left the channel"})
KEEPS_OWNING = frozenset({"owner", "owner who left the channel"})


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack said a moment ago is not remembered."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)


@dataclass
class Story:
    """An office with four environments, and what Erin collected before she became somebody else."""

    office: Office
    places: dict[str, Environment]
    role: str
    messages: dict[str, str] = field(default_factory=dict)
    token: str = ""
    delivery: str = ""
    link: Issued | None = None
    page: handing_out.Shown | None = None
    page_link: Issued | None = None
    uploads: dict[str, Issued] = field(default_factory=dict)
    ticket: str = ""
    home: Json = field(default_factory=dict)

    async def events(self) -> list[audit.Event]:
        """What Erin did, newest first, without what she was refused."""
        await self.office.tracker.wait(30)
        async with self.office.desk.store.reading() as tx:
            several = await audit.events(tx, limit=1000)
        hers = [one for one in several if one.actor == ERIN or one.actor.startswith(("hook:", "app:"))]
        return [one for one in hers if one.tag != audit.Tag.ATTEMPT_REFUSED]

    def seen(self) -> int:
        """How many windows she has, and how many private messages that show what is there."""
        told = [one for channel in (ORDERS, GENERAL) for one in self.office.workspace.ephemerals(ERIN, channel)]
        shows = [one for one in told if any(text in shown(one) for text in ("bank", "vault", "09:00"))]
        return len(self.office.workspace.views(ERIN)) + len(shows)

    async def command(self, text: str, channel: str = ORDERS) -> Json:
        return await self.office.cert(text, member=ERIN, channel=channel)

    async def call(self, method: str, what: str, token: str, path: str = "") -> int:
        """Call the API, as a pipeline or an app does, and return the status."""
        app = web.Application()
        Api(lambda: self.office.desk).register(app.router)
        async with TestClient(TestServer(app)) as http:
            headers, body = {"Authorization": f"Bearer {token}"}, _BODIES.get(what)
            url = f"/v1/environments/{path or PRODUCTION}/{what}"
            return (await http.request(method, url, headers=headers, json=body)).status

    async def visit(
        self, link: Issued | None, more: str = "", files: aiohttp.FormData | None = None, **fields: str
    ) -> int:
        """Send a form of a private page, and return the status."""
        assert link is not None
        workspace, app = self.office.workspace, web.Application()
        http = aiohttp.ClientSession()
        asked = people.People(Client(token=workspace.bot_token, base_url=workspace.api_url, session=http))
        pages = Pages(lambda: self.office.desk, lambda: asked, Peers(), partial(sentence, voice=PLAIN))
        pages.set_up(app)
        HandOutPage(pages).register(app.router)
        UploadPage(pages, _no_file).register(app.router)
        async with http, TestClient(TestServer(app)) as visitor:
            url = f"/{link.link.purpose}/{link.token.get_secret_value()}{more}"
            return (await visitor.post(url, data=files or fields)).status

    async def click(self, message: str, action: str) -> None:
        await self.office.workspace.click(ERIN, message, action)

    async def submit(self, opening: Awaitable[Any], values: Json, files: list[tuple[str, bytes]] | None = None) -> None:
        """Open a window as an owner, and submit it as what she has become."""
        await _become(self, "owner")
        await opening
        await self.office.modal(member=ERIN)
        await _become(self, self.role)
        view = self.office.workspace.views(ERIN)[-1]
        given = {"files": {"value": files}} if files else None
        typed = {name: {"value": value} for name, value in values.items()}
        await self.office.workspace.submit(ERIN, view["id"], typed, given)

    async def close_windows(self) -> None:
        """Close what is open: a new window would take its place."""
        if several := self.office.workspace.views(ERIN):
            await self.office.workspace.close_view(ERIN, several[-1]["id"], all_=True)

    async def pending_again(self) -> None:
        """Bob changes something, so that production waits for a restart."""
        self.turn = getattr(self, "turn", 0) + 1
        await versions.pin(self.office.desk, OWNER, ORDERS, "bank", pins=f"bob{self.turn}.example", path=PRODUCTION)

    turn: int = 0


Try = Callable[[Story], Awaitable[Any]]


@dataclass(frozen=True)
class Cell:
    """One action from one entry point; ``right`` is what it takes. ``changes`` says that the audit log knows of it."""

    action: str
    entry: str
    right: str
    attempt: Try
    changes: bool = True


async def _file(office: Office, path: str, name: str, *, certificate: bool) -> None:
    """Bob adds a file with `/cert add`."""
    await office.workspace.command(BOB, ORDERS, f"/cert add {path}")
    await office.modal("Add", member=BOB)
    data = made.container(PASSWORD, name=name) if certificate else made.bundle(name)
    label = "vault" if path == GUARDED else "bank"
    typed = {"label": label, "password": PASSWORD} if certificate else {}
    answer = await office.fill(typed, member=BOB, files=[("file", data)])
    if answer.action == "update":
        answer = await office.fill({}, member=BOB)
    assert answer.action == "clear", shown(office.workspace.views(BOB))


async def _prepared(office: Office, role: str) -> Story:
    # The bot asks once what it is of.
    office.workspace.enterprise = "E0COMPANY" if role == "member of a sibling workspace" else ""
    erin = Person(ERIN, "erin", "Erin", "Europe/Paris")
    office.workspace.state.members[ERIN] = erin
    office.workspace.channels[DIRECT] = Channel(DIRECT, "", members={ERIN, BOT_USER}, im_with=ERIN)
    office.workspace.change_group(UserGroup(GROUP, "platform", "Platform", frozenset({ERIN})))
    for channel in (ORDERS, GENERAL):
        office.workspace.channels[channel].members |= {ERIN, BOT_USER, CAROL}
    places = {}
    for path in (PRODUCTION, TEST, GUARDED, AT_HOME):
        await office.cert(f"env add {path} Europe/Berlin", member=BOB)
        app, name = path.split("/")
        async with office.desk.store.reading() as tx:
            found = await environments.find(tx, app, name)
        assert found is not None
        places[path] = found
    for path, certificate in ((PRODUCTION, True), (PRODUCTION, True), (GUARDED, True), (AT_HOME, False)):
        await _file(office, path, "shop.example" if certificate else "Partner Root", certificate=certificate)
    for path, place in places.items():
        protected = settings.YES if path == GUARDED else settings.NO
        asked = {Setting.OWNERS: (BOB, CAROL, ERIN), Setting.PROTECTED: (protected,)}
        await settings.change(office.desk, OWNER, place.id, asked, people=EVERYBODY)
    for pin in ("r1.example", "r2.example"):
        await office.cert(f"pin vault {pin} {GUARDED}", member=CAROL)
    return Story(office, places, role)


async def _collected(story: Story) -> None:
    """Erin, an owner, opens everything that she will use later."""
    office = story.office
    posted = {
        "card": "was added to *orders/production*",
        "reminder": "orders/production waits for a restart",
        "request": "r1.example",
        "other request": "r2.example",
    }
    for name, text in posted.items():
        story.messages[name] = (await office.posted(text))["ts"]
    for name, typed in {
        "remove": f"remove bank {PRODUCTION}",
        "roll back": f"rollback bank 1 {PRODUCTION}",
        "settings": "env list",
    }.items():
        story.messages[name] = (await story.command(typed))["ts"]

    place = story.places[PRODUCTION]
    async with office.desk.store.transaction() as tx:
        at = office.desk.clock()
        await OWNERLESS.schedule(tx, place.id, key="told", at=at, environment_id=place.id, payload={"told": ERIN})
    office.desk.nudge.set()
    story.messages["direct"] = (await office.posted("Nobody owns", channel=DIRECT))["ts"]
    made = await tokens.make(office.desk, OWNER, ORDERS, PRODUCTION)
    story.token = made.secret.get_secret_value()
    made = await tokens.make(office.desk, OWNER, ORDERS, PRODUCTION, scope=Scope.DELIVER)
    story.delivery = made.secret.get_secret_value()

    erin = Member(ERIN, channels=EVERYWHERE)
    office.desk.pages_url = "https://certdesk.example"
    office.desk.issuers = NoIssuers()
    office.desk.issuers.names = ("https://issuer.example",)
    story.link = (await handing_out.hand_out(office.desk, erin, ORDERS, "bank", PRODUCTION)).issued
    story.page_link = (await handing_out.hand_out(office.desk, erin, ORDERS, "bank", PRODUCTION)).issued
    code = story.page_link.code.get_secret_value()
    story.page = await handing_out.show(office.desk, EVERYBODY, story.page_link.token, code, peer="")
    for name in ("link", "page"):
        asked = await forms.ask(office.desk, ORDERS, erin)
        story.uploads[name] = await uploading.link_to_upload(office.desk, erin, asked.upload.id)
    opened = story.uploads["page"]
    code = opened.code.get_secret_value()
    story.ticket = (await uploading.open_page(office.desk, EVERYBODY, opened.token, code, peer="")).ticket

    await office.workspace.open_home(ERIN)
    await office.workspace.wait_for(lambda: "home_restart_done" in shown(office.workspace.home(ERIN)))
    story.home = {"type": "home", "blocks": (office.workspace.home(ERIN) or {})["blocks"]}


async def _become(story: Story, role: str) -> None:
    office = story.office
    owners = (BOB, CAROL, *((ERIN,) if role in KEEPS_OWNING else (GROUP,) if role == IN_GROUP else ()))
    for place in story.places.values():
        async with office.desk.store.transaction() as tx:
            if await environments.get(tx, place.id) is not None:
                await environments.set_owners(tx, place.id, owners=owners, by=BOB, at=office.desk.clock())
    office.workspace.change_member(Person(ERIN, "erin", "Erin", "Europe/Paris", **BECOMES.get(role, {})))
    for channel in (ORDERS, GENERAL):
        members = office.workspace.channels[channel].members
        (members.discard if role in OUT else members.add)(ERIN)
    await office.tracker.wait(30)


async def _asked_and_confirmed(story: Story, typed: str, action: str) -> None:
    answer = await story.command(typed)
    if action in buttons(answer):
        await story.click(answer["ts"], action)


async def _home_click(story: Story) -> None:
    view = publish_home(story.office.workspace.state, ERIN, story.home)
    place = story.places[AT_HOME]
    row = next(one for one in story.home["blocks"] if place.path in shown(one) and "home_restart_done" in shown(one))
    await story.office.workspace.click(ERIN, view["id"], "home_restart_done", block_id=row["block_id"])


async def _slash(story: Story, text: str) -> None:
    """Type a command that opens a window where it is allowed."""
    await story.office.workspace.command(ERIN, ORDERS, f"/cert {text}")


def _typed(text: str) -> Try:
    return lambda story: story.command(text)


def _clicked(message: str, action: str) -> Try:
    return lambda story: story.click(story.messages[message], action)


def _days(story: Story, first: int, last: int) -> str:
    today = story.office.desk.clock().date()
    return f"freeze {today + timedelta(days=first)} {today + timedelta(days=last)} {PRODUCTION}"


async def _again(story: Story, attempt: Try) -> None:
    await story.pending_again()
    await attempt(story)


def _called(method: str, what: str, token: str, path: str = "") -> Try:
    """Call the API with one of the tokens that were made before, or with one that is made up."""
    return lambda story: story.call(method, what, getattr(story, token) if token else "cdd_" + "x" * 43, path)


async def _opened(story: Story) -> None:
    assert story.link is not None
    await story.visit(story.link, code=story.link.code.get_secret_value())


async def _saved(story: Story) -> None:
    assert story.page is not None
    sent = {"ticket": story.page.ticket, "password": story.page.password.get_secret_value()}
    await story.visit(story.page_link, "/file", None, **sent)


async def _upload_opened(story: Story) -> None:
    await story.visit(story.uploads["link"], code=story.uploads["link"].code.get_secret_value())


async def _uploaded(story: Story) -> None:
    sent = aiohttp.FormData(default_to_multipart=True)
    for name, value in (("ticket", story.ticket), ("environment", story.places[PRODUCTION].id)):
        sent.add_field(name, value)
    sent.add_field("files", made.bundle("Uploaded Root"), filename="root.pem")
    await story.visit(story.uploads["page"], "/add", sent)


async def _no_file(_file_id: str) -> bytes:
    raise AssertionError("nothing was dropped")


_BODIES = {"loaded": {"instance": "app-1", "revision": 0}}
_PIN = f"pin bank direct.example {PRODUCTION}"

CELLS = (
    Cell("list", "command", LOOK, _typed(f"list {PRODUCTION}"), changes=False),
    Cell("show", "command", LOOK, _typed(f"show bank {PRODUCTION}"), changes=False),
    Cell("environments", "command", LOOK, _typed("env list"), changes=False),
    Cell("requests", "command", LOOK, _typed("requests"), changes=False),
    Cell("details", "old button", LOOK, _clicked("card", "card_details"), changes=False),
    Cell("roll back", "old button", CHANGE, _clicked("roll back", "rollback_yes")),
    Cell("pin", "command", CHANGE, _typed(f"pin bank erin.example {PRODUCTION}")),
    Cell(
        "snooze",
        "old window",
        CHANGE,
        lambda story: story.submit(story.click(story.messages["reminder"], "restart_later"), {"when": "hour"}),
    ),
    Cell("snooze", "old button", CHANGE, _clicked("reminder", "restart_later"), changes=False),
    Cell("pin", "command in a direct message", NO_ONE, lambda story: story.command(_PIN, DIRECT)),
    Cell("settings", "button in a direct message", OWN, _clicked("direct", "environment_settings"), changes=False),
    Cell(
        "add",
        "old window",
        CHANGE,
        lambda story: story.submit(_slash(story, f"add {PRODUCTION}"), {}, [("ca.pem", made.bundle("Erin Root"))]),
    ),
    Cell("add", "command", CHANGE, lambda story: _slash(story, f"add {PRODUCTION}"), changes=False),
    Cell("confirm", "old button", CHANGE, _clicked("reminder", "restart_done")),
    Cell("confirm", "command", CHANGE, lambda story: _again(story, _typed(f"restart done {PRODUCTION}"))),
    Cell("confirm", "HTTP", TOKEN, lambda story: _again(story, _called("POST", "restarted", "token"))),
    Cell("confirm", "HTTP, elsewhere", NO_ONE, _called("POST", "restarted", "token", TEST)),
    Cell("confirm", "HTTP, no token", NO_ONE, _called("POST", "restarted", "")),
    Cell("confirm", "HTTP, a token for delivery", NO_ONE, _called("POST", "restarted", "delivery")),
    Cell("deliver", "HTTP", TOKEN, _called("GET", "bundle", "delivery")),
    Cell("deliver", "HTTP, elsewhere", NO_ONE, _called("GET", "bundle", "delivery", TEST)),
    Cell("deliver", "HTTP, no token", NO_ONE, _called("GET", "bundle", "")),
    Cell("deliver", "HTTP, a token for restarts", NO_ONE, _called("GET", "bundle", "token")),
    Cell("report", "HTTP", TOKEN, _called("POST", "loaded", "delivery")),
    Cell("report", "HTTP, a token for restarts", NO_ONE, _called("POST", "loaded", "token")),
    Cell("confirm", "old Home", CHANGE, _home_click),
    Cell("try", "command", CHANGE, _typed(f"try bank partner.example {PRODUCTION}")),
    Cell("hand out", "command", CHANGE, _typed(f"hand-out bank {PRODUCTION}")),
    Cell("hand out", "old link", CHANGE, _opened),
    Cell("hand out", "old page", CHANGE, _saved),
    Cell("add", "old link", CHANGE, _upload_opened),
    Cell("add", "old page", CHANGE, _uploaded),
    Cell("freeze", "command", CHANGE, lambda story: story.command(_days(story, 30, 40))),
    Cell("copy", "command", CHANGE, _typed(f"copy bank {TEST}")),
    Cell("remove", "old button", CHANGE, _clicked("remove", "remove_yes")),
    Cell("restore", "command", CHANGE, _typed(f"restore bank {PRODUCTION}")),
    Cell(
        "settings",
        "old window",
        OWN,
        lambda story: story.submit(_slash(story, f"env settings {PRODUCTION}"), {"patience": "5"}),
    ),
    Cell("settings", "old button", OWN, _clicked("settings", "environment_settings"), changes=False),
    Cell("time zone", "command", OWN, _typed(f"env timezone {PRODUCTION} Asia/Tokyo")),
    Cell("token", "command", OWN, _typed(f"env token {PRODUCTION}")),
    Cell("delivery token", "command", OWN, _typed(f"env delivery-token {PRODUCTION}")),
    Cell("identity", "command", OWN, _typed(f"env identity {PRODUCTION} https://issuer.example app")),
    Cell("approve", "old button", OWN, _clicked("request", "request_approve")),
    Cell("withdraw", "old button", "nobody but Carol", _clicked("other request", "request_withdraw")),
    Cell("do it now", "old button", OWN, _clicked("other request", "request_now"), changes=False),
    Cell(
        "decline",
        "old window",
        OWN,
        lambda story: story.submit(story.click(story.messages["other request"], "request_decline"), {"reason": "No"}),
    ),
    Cell(
        "remove environment",
        "command",
        OWN,
        lambda story: _asked_and_confirmed(story, f"env remove {TEST}", "environment_remove"),
    ),
    Cell("move", "command", OWN, lambda story: story.command(f"env bind {AT_HOME}", GENERAL)),
)


@pytest.mark.parametrize("role", RIGHTS)
async def test_every_action_from_every_entry_point(office: Office, role: str) -> None:
    """What a role has no right to does nothing and shows nothing; what it has a right to is done."""
    story = await _prepared(office, role)
    await _collected(story)
    await _become(story, role)
    wrong = {}
    for cell in CELLS:
        if cell.entry == "command" and role in OUT:
            continue  # Slack lets nobody type in a channel that they are not in
        done, seen = len(await story.events()), story.seen()
        await cell.attempt(story)
        now = await story.events()
        did = len(now) > done if cell.changes else story.seen() > seen
        await story.close_windows()
        if did != (cell.right in RIGHTS[role] | {TOKEN}):
            wrong[cell.action, cell.entry] = did
    assert wrong == {}
