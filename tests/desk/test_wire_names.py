"""Names that stand in databases and in posted messages: a running bot holds such rows, so none is ever renamed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from sqlalchemy import select

from bot.certificates import Code
from bot.desk.base.desk import Member
from bot.desk.base.errors import AwaitsApproval, Outside
from bot.desk.base.handshakes import Handshake, Identity, Outcome, Tls
from bot.desk.certificates import inventory, versions
from bot.desk.deeds import DEEDS
from bot.desk.delivery import handing_out, page_links, proof
from bot.desk.delivery.behind import report_behind
from bot.desk.delivery.partners.watch import PartnerWatch, plan_round
from bot.desk.deposit import importing, left_keys
from bot.desk.deposit.deposits import deposit, deposit_authorities
from bot.desk.deposit.outcomes import AuthoritiesDeposited, Deposited, DepositRequest
from bot.desk.deposit.uploads import notice
from bot.desk.environments import environments, freezes, ownerless, removal, settings
from bot.desk.environments.settings import Setting
from bot.desk.expiry.seen import see_list, see_warning
from bot.desk.kinds import KINDS
from bot.desk.outbox.runner import run_once
from bot.desk.requests import deciding
from bot.desk.restarts import pending, performing, tokens
from bot.desk.restarts.pending import Snooze
from bot.slack import Client, InFlight, build
from bot.workspace.deploy_api import START
from store import DueItem, Upload, audit, queue, uploads
from store.delivery.links import Purpose
from store.models import DueRow
from store.restarts.tokens import Scope, used
from tests import making
from tests.desk.everywhere import EVERYBODY, Everybody
from tests.desk.restarts.performed import ALICE, CHANNEL, Practice, connect, practice
from tests.platforms.troubles import says

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DUE = {
    ("alarm", "say", "alarm:ID:N"),
    ("alarm-over", "say", "alarm-over:ID:N"),
    ("alarm-retired", "say", "alarm-retired:ID:N"),
    ("authorities", "say", "authorities:ID"),
    ("authority-removed", "say", "authority-removed:ID:N"),
    ("authority_restored", "say", "authority-restored:ID:N"),
    ("behind", "say", "behind:ID:N:HOUR"),
    ("card", "say", "card:ID"),
    ("hand-out-ready", "say", "hand-out:ID"),
    ("link-refused", "say", "link-refused:ID:code:N"),
    ("cleanup", "say", "cleanup:ID"),
    ("partners-look", "call", "partners-look:CHANNEL:DATE"),
    ("partners-news", "say", "partners-news:CHANNEL:DATE"),
    ("partners-round", "call", "partners-round:DATE"),
    ("digest", "say", "digest:CHANNEL:DATE"),
    ("digest-seen", "say", "seen:ID"),
    ("environment-purge", "say", "environment-purge:ID:MOMENT"),
    ("expiry", "say", "expiry:ID:N"),
    ("expiry-seen", "say", "seen:ID"),
    ("freeze", "say", "freeze:ID:MOMENT"),
    ("listed", "say", "listed:CHANNEL:version:ID:N"),
    ("key-leaked", "say", "key-leaked:ID:U0CAROL"),
    ("key-left", "say", "key-left:ID:N"),
    ("notice", "say", "notice:ID:connected:CHANNEL:MOMENT"),
    ("notice", "say", "notice:ID:removed:CHANNEL:MOMENT"),
    ("notice", "say", "notice:ID:settings:CHANNEL:MOMENT"),
    ("offer", "look", "offer:ID"),
    ("owners-look", "look", "owners-look:ID:U0ALICE:MOMENT"),
    ("ownerless", "say", "ownerless:ID:CHANNEL:OWNERS:DATE"),
    ("perform", "do", "perform:ID:N"),
    ("pinned", "say", "pinned:ID:N"),
    ("progress", "say", "progress:ID:N"),
    ("progress", "say", "progress:ID:N:over:N"),
    ("reminder", "say", "restart:ID:N"),
    ("reminder", "say", "restart:ID:again:N"),
    ("reminder-retired", "say", "retired:CHANNEL:TS"),
    ("notice", "say", "notice:ID:delivery_token_made:CHANNEL:MOMENT"),
    ("token-ends", "say", "token-ends:ID:N"),
    ("token-look", "look", "token-look:ID:DATE"),
    ("token-quiet", "say", "token-quiet:ID:DATE"),
    ("reminder-update", "say", "restart:ID:proof:N"),
    ("reminder-update", "say", "restart:ID:connected:ID"),
    ("reminder-update", "say", "restart:ID:undo-over:N"),
    ("reminder-update", "say", "restart:ID:edition:N"),
    ("proof-look", "say", "proof-look:ID:MOMENT"),
    ("removed", "say", "removed:ID:N"),
    ("request", "say", "request:ID"),
    ("request-ending", "say", "request-ending:ID"),
    ("request-expires", "say", "request-expires:ID"),
    ("request-update", "say", "request-update:ID:bypassed"),
    ("request-update", "say", "request-update:ID:expired"),
    ("restored", "say", "restored:ID:N"),
    ("rolled_back", "say", "rolled_back:ID:N"),
}
ACTIONS = {
    "alarm_done",
    "card_details",
    "card_menu",
    "copy_anyway",
    "digest_seen",
    "environment_add",
    "environment_keep",
    "environment_remove",
    "environment_move_shared",
    "environment_not_shared",
    "environment_settings",
    "environment_shared",
    "expiry_replace",
    "expiry_seen",
    "home_alarm_done",
    "home_perform_start",
    "home_restart_done",
    "perform",
    "perform_no",
    "perform_start",
    "perform_yes",
    "remove_no",
    "remove_undo",
    "remove_yes",
    "restart_done",
    "restart_later",
    "restart_undo",
    "request_approve",
    "request_decline",
    "request_now",
    "request_withdraw",
    "rollback_no",
    "rollback_yes",
    "upload_authority",
    "upload_combine",
    "upload_environment",
    "upload_unlock",
}
VIEWS = {
    "add",
    "authority",
    "connect",
    "connect_mendix",
    "connect_webhook",
    "copy",
    "deposit",
    "environment",
    "pins",
    "remind",
    "request_decline",
    "request_now",
    "settings",
    "upload_environment",
}
TAGS = {
    "desk:bundle:delivered",
    "desk:bundle:loaded",
    "desk:instance:behind",
    "desk:attempt:refused",
    "desk:authority:added",
    "desk:restart:reopened",
    "desk:authority:removed",
    "desk:authority:restored",
    "desk:audit:exported",
    "desk:audit:verified",
    "desk:backup:made",
    "desk:backup:restored",
    "desk:inventory:exported",
    "desk:keys:checked",
    "desk:certificate:deposited",
    "desk:certificate:pinned",
    "desk:certificate:purged",
    "desk:certificate:removed",
    "desk:certificate:restored",
    "desk:certificate:reveal-failed",
    "desk:certificate:revealed",
    "desk:certificate:rolled-back",
    "desk:connection:made",
    "desk:connection:removed",
    "desk:environment:access",
    "desk:environment:added",
    "desk:environment:bound",
    "desk:environment:owners",
    "desk:environment:removed",
    "desk:environment:restored",
    "desk:environment:schedule",
    "desk:environment:timezone",
    "desk:expiry:seen",
    "desk:hook:made",
    "desk:hook:revoked",
    "desk:link:made",
    "desk:link:opened",
    "desk:keys:rewrapped",
    "desk:request:approved",
    "desk:request:asked",
    "desk:request:bypassed",
    "desk:request:declined",
    "desk:request:expired",
    "desk:request:overtaken",
    "desk:request:revealed",
    "desk:request:withdrawn",
    "desk:restart:begun",
    "desk:restart:confirmed",
    "desk:restart:ended",
    "desk:restart:snoozed",
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Practice]:
    async with practice(f"sqlite:///{tmp_path / 'desk.sqlite3'}") as made:
        yield made


async def _deposited(desk: Practice, label: str, days: int) -> None:
    """A container with a key was dropped into the channel, and was added."""
    ends = desk.clock() + timedelta(days=days)
    data = making.pfx(making.make(label, starts=desk.clock() - making.DAY, ends=ends))
    await notice(desk.desk, file_id=f"F{label}{days}", channel=CHANNEL, member=ALICE.id)
    async with desk.desk.store.transaction() as tx:
        upload, _ = await uploads.notice(
            tx, file_id=f"F{label}{days}", channel=CHANNEL, member=ALICE.id, at=desk.clock()
        )
        await uploads.describe(tx, upload.id, name="x.pfx", size=9, use="unlock", holds_key=True, state=uploads.OFFERED)
        await left_keys.watch(tx, upload, desk.clock())
    password = SecretStr(making.PASSWORD)
    request = DepositRequest(upload.id, ALICE, desk.place.id, label, password=password, accepted=frozenset(Code))
    assert isinstance(await deposit(desk.desk, request, _given(data)), Deposited)


def _given(data: bytes) -> Any:
    async def fetched() -> list[bytes]:
        return [data]

    return fetched


async def _added_authority(desk: Practice) -> AuthoritiesDeposited:
    authority = making.make("Root", ca=True, starts=desk.clock() - making.DAY, ends=desk.clock() + 900 * making.DAY)
    async with desk.desk.store.transaction() as tx:
        upload = await uploads.ask(tx, channel=CHANNEL, member=ALICE.id, at=desk.clock())
    outcome = await deposit_authorities(
        desk.desk, DepositRequest(upload.id, ALICE, desk.place.id), _given(authority.pem)
    )
    assert isinstance(outcome, AuthoritiesDeposited)
    return outcome


async def _changed_everything(desk: Practice) -> None:
    """Every change of a certificate or an authority, and what the environment's settings move."""
    for days in (30, 31):
        await _deposited(desk, "bank", days)
    found = await inventory.show(desk.desk, CHANNEL, "bank")
    certificate = found.history[0].certificate_id
    await versions.roll_back(desk.desk, ALICE, CHANNEL, certificate_id=certificate, number=1, seen=2)
    await versions.pin(desk.desk, ALICE, CHANNEL, "bank", pins="bank")
    await inventory.remove(desk.desk, ALICE, CHANNEL, "client", certificate)
    await versions.restore(desk.desk, ALICE, CHANNEL, "bank")
    authority = (await _added_authority(desk)).added[0]
    await inventory.remove(desk.desk, ALICE, CHANNEL, "authority", authority.id)
    await versions.restore(desk.desk, ALICE, CHANNEL, "Root")
    await freezes.add(desk.desk, ALICE, CHANNEL, None, first="2026-12-24", last="2026-12-24")
    await desk.say()
    desk.clock.moment += timedelta(minutes=15)
    await versions.pin(desk.desk, ALICE, CHANNEL, "bank", pins="other")
    await desk.say()


async def _restarted(desk: Practice) -> None:
    """A reminder that stands is replaced; a restart leaves the app stopped, and then somebody restarts it."""
    found = await pending.find(desk.desk, CHANNEL)
    assert found.restart is not None
    await pending.snooze(desk.desk, found.restart.id, ALICE, Snooze.HOUR)
    desk.clock.moment += timedelta(hours=2)
    await desk.say()
    await connect(desk.desk, desk.place)
    desk.cloud.troubles[START].extend([says(500, "NO_MDA_HAS_BEEN_DEPLOYED")] * 2)
    for _ in range(2):
        await desk.ended(await performing.restart(desk.desk, ALICE, desk.place.id))
    await pending.confirm(desk.desk, found.restart.id, ALICE)
    await desk.say()


async def _seen(desk: Practice) -> None:
    """A warning and a weekly list come, and somebody has seen them."""
    far = making.make("far", starts=desk.clock() - making.DAY, ends=desk.clock() + 80 * making.DAY)
    data = far.key_pem() + far.pem
    await importing.import_file(desk.desk, desk.place, "far.pem", data, password=None, by=ALICE.id)
    await settings.change(desk.desk, ALICE, desk.place.id, {Setting.PATIENCE: ("3",)}, people=EVERYBODY)
    for _ in range(20):
        desk.clock.moment += timedelta(days=1)
        await desk.say()
    for row in await _rows(desk):
        if row.kind == "expiry" and row.ts:
            assert await see_warning(desk.desk, ALICE, row.id)
        if row.kind == "digest" and row.ts:
            version = (await inventory.show(desk.desk, CHANNEL, "far")).target.id
            assert await see_list(desk.desk, ALICE, row.id, [f"version:{version}:90"], channel=CHANNEL)
    await desk.say()


async def _latest_upload(desk: Practice) -> Upload:
    async with desk.desk.store.transaction() as tx:
        return await uploads.ask(tx, channel=CHANNEL, member=ALICE.id, at=desk.clock())


class _Nobody(Everybody):
    """Everybody has left the company."""

    async def member(self, id_: str) -> Member:
        return Member(id_, outside=Outside.DEACTIVATED)


async def _handed_out(desk: Practice) -> None:
    """A link is tried with a wrong code; in a protected environment the next one is permitted without approval."""
    desk.desk.pages_url = "https://certdesk.example"
    made = await handing_out.hand_out(desk.desk, ALICE, CHANNEL, "bank", desk.place.path)
    with pytest.raises(page_links.BadLink):
        await page_links.check(desk.desk, Purpose.HAND_OUT, made.issued.token, "wrong", peer="192.0.2.7")
    await _protect(desk)
    with pytest.raises(AwaitsApproval):
        await handing_out.hand_out(desk.desk, ALICE, CHANNEL, "bank", desk.place.path)
    (waiting,) = await deciding.waiting(desk.desk, CHANNEL, desk.place.path)
    asked = deciding.Deciding(ALICE, waiting.request.id, CHANNEL, EVERYBODY)
    await deciding.do_now(desk.desk, DEEDS, asked, "for the portal")
    await desk.say()


async def _protect(desk: Practice) -> None:
    owners = {Setting.OWNERS: (ALICE.id, "U0CAROL"), Setting.PROTECTED: ("yes",)}
    await settings.change(desk.desk, ALICE, desk.place.id, owners, people=EVERYBODY)


async def _requested(desk: Practice) -> None:
    """A change of a protected environment waits for approval, and nobody gives it."""
    with pytest.raises(AwaitsApproval):
        await versions.pin(desk.desk, ALICE, CHANNEL, "bank", pins="third")
    await left_keys.leaked(desk.desk, await _latest_upload(desk), ["Partner Bank"], EVERYBODY)
    await desk.say()
    await ownerless.somebody_changed(desk.desk, ALICE.id)
    await ownerless.look(desk.desk, desk.place, _Nobody())
    desk.clock.moment += timedelta(days=7)
    await desk.say()
    other = await environments.add(desk.desk, ALICE, CHANNEL, "orders/test")
    await removal.remove(desk.desk, ALICE, other.id)
    desk.clock.moment += timedelta(days=31)
    await desk.say()


async def _delivered(desk: Practice) -> None:
    """An app's token is used for days, then not any more, and expires; an instance comes up with older certificates."""
    made = await tokens.make(desk.desk, ALICE, CHANNEL, desk.place.path, scope=Scope.DELIVER, days=12)
    (token,) = (await tokens.listing(desk.desk, CHANNEL, desk.place.path)).tokens
    assert token.hint == made.hint
    for _ in range(7):
        if desk.clock.moment < token.created_at + timedelta(days=4):
            async with desk.desk.store.transaction() as tx:
                await used(tx, token.id, at=desk.clock.moment)
        desk.clock.moment += timedelta(days=1, minutes=1)
        await desk.say()
        while await run_once(desk.desk, KINDS, desk.said, lane=queue.LOOK):
            pass
    await versions.pin(desk.desk, ALICE, CHANNEL, "bank", pins="fourth")
    await proof.loaded(desk.desk, token, proof.Report("app-2", stopped=True))
    async with desk.desk.store.transaction() as tx:
        await report_behind(tx, desk.place, "app-1", 0, desk.clock.moment)


class _Untrusted:
    """A partner that shows a certificate which nobody trusts."""

    async def shake(self, _host: str, _port: int, _identity: Identity | None, tls: Tls) -> Handshake:
        return Handshake(tls, Outcome.NOT_ASKED, chain=(making.make("partner.example").der,))


async def _watched(desk: Practice) -> None:
    """Partners' servers are looked at, and there is news."""
    await versions.pin(desk.desk, ALICE, CHANNEL, "bank", pins="partner.example")
    desk.desk.policy, desk.desk.handshakes = replace(desk.desk.policy, checks_partners=True), _Untrusted()
    await plan_round(desk.desk)
    desk.clock.moment += timedelta(days=4)
    while await run_once(desk.desk, KINDS, PartnerWatch(desk.desk), lane=queue.CALL):
        pass


async def _rows(desk: Practice) -> list[DueRow]:
    async with desk.desk.store.transaction() as tx:
        return list(await tx.session.scalars(select(DueRow)))


def _recording(real: Any, ids: set[str]) -> Any:
    def record(app: AsyncApp, id_: str, **options: Any) -> Any:
        ids.add(id_)
        return real(app, id_, **options)

    return record


def _form(key: str) -> str:
    """A key with everything in it that is different each time replaced by what it is."""
    for pattern, name in (
        (r"[0-9a-f]{32}", "ID"),
        (r"(?<=:)[0-9a-f]{16}(?=:)", "OWNERS"),
        (r"\d{4}-\d\d-\d\dT\d\d$", "HOUR"),
        (r"\d{4}-\d\d-\d\dT[^ ]+", "MOMENT"),
        (r"\d{4}-\d\d-\d\d", "DATE"),
        (CHANNEL, "CHANNEL"),
        (r"\d+\.\d+$", "TS"),
        (r"(?<=:)\d+(?=:|$)", "N"),
    ):
        key = re.sub(pattern, name, key)
    return key


async def test_kinds_lanes_and_keys_of_what_is_due(desk: Practice) -> None:
    """Kind, lane and the form of the key of each row that is written stay what running databases hold."""
    await _changed_everything(desk)
    await _restarted(desk)
    await _seen(desk)
    await _delivered(desk)
    await _watched(desk)
    await _handed_out(desk)
    await _requested(desk)
    assert {(row.kind, row.lane, _form(row.key)) for row in await _rows(desk)} == DUE


NEVER_WITHOUT_PAYLOAD = {
    *("alarm-retired", "environment-purge", "key-leaked", "key-left", "link-refused", "notice", "ownerless"),
    *("partners-look", "partners-news"),
}
AFTER_SUBJECT = {
    "alarm": ("occurrence",),
    "alarm-over": ("occurrence",),
    "authority_restored": ("by",),
    "expiry-seen": ("by",),
    "perform": ("edition",),
    "pinned": ("by",),
    "reminder-retired": ("channel", "ts"),
    "restored": ("by",),
    "rolled_back": ("by",),
}


def _written_before(kind: str, subject: str, facts: Any) -> str:
    """The subject of a row that was written before facts had a column of their own."""
    if kind == "expiry":
        return f"{facts['kind']}:{subject}"
    if kind == "digest-seen":
        return f"{subject}:{facts['by']}:{' '.join(facts['marks'])}"
    if kind == "freeze":
        return ":".join([subject, facts["by"], *(facts["span"] or ())])
    return ":".join([subject, *(str(facts[name]) for name in AFTER_SUBJECT.get(kind, ()))])


async def test_rows_of_the_version_before_are_read(desk: Practice) -> None:
    """A row with its facts in subject and key, and none in a column, is read as one that is written today."""
    await _changed_everything(desk)
    await _restarted(desk)
    await _seen(desk)
    await _delivered(desk)
    await _watched(desk)
    await _handed_out(desk)
    await _requested(desk)
    rows = await _rows(desk)
    async with desk.desk.store.transaction() as tx:
        items = [one for row in rows if row.kind in KINDS and (one := await queue.get(tx, row.id))]
    assert {one.kind for one in items} == set(KINDS)
    # A reminder that is posted again has had a payload from the beginning.
    for now in [one for one in items if one.kind not in NEVER_WITHOUT_PAYLOAD and ":again:" not in one.key]:
        # What was removed says itself by whom.
        facts = None if now.kind in {"removed", "authority-removed"} else now.payload
        subject = _written_before(now.kind, now.subject, now.payload)
        read = KINDS[now.kind].read(replace(now, subject=subject, payload=None))
        assert (read.subject, read.payload) == (now.subject, facts), now.kind


def test_a_list_that_did_not_show_everything_is_read() -> None:
    """How many lines a list of the version before did not show is still known."""
    mark = f"version:{'a' * 32}:90"
    item = DueItem("i", "digest-seen", f"{'b' * 32}:U0ALICE:{mark} +3", "seen:b", NOW, 0, None, None)
    read = KINDS["digest-seen"].read(item)
    assert read.subject == "b" * 32
    assert read.payload == {"by": "U0ALICE", "marks": [mark], "not_shown": 3}


async def test_the_ids_of_buttons_and_windows(desk: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every id that messages and windows on people's screens may carry is listened for."""
    heard: dict[str, set[str]] = {"action": set(), "view": set()}
    for name, ids in heard.items():
        monkeypatch.setattr(AsyncApp, name, _recording(getattr(AsyncApp, name), ids))
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(token="xoxb-tests", base_url="http://127.0.0.1:9/", session=http)
        build(desk.desk, client=client, signing_secret="s", http=http, file_hosts=frozenset(), tracker=InFlight())
    assert heard["action"] >= ACTIONS
    assert heard["view"] >= VIEWS


def test_tags_of_the_audit_trail() -> None:
    """The trail is kept for ever, and its tags are what it is searched by."""
    assert {str(tag) for tag in audit.Tag} >= TAGS


def test_lanes() -> None:
    """Open rows wait in these lanes."""
    assert (queue.SAY, queue.LOOK, queue.DO, queue.CALL) == ("say", "look", "do", "call")
