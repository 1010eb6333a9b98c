"""A protected environment: what one person asks for, another one decides."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest

from bot.slack.bolt import people
from store import Environment, Request, Version, audit, environments
from store.certificates import clients
from store.requests import requests
from store.restarts import tokens
from store.restarts.tokens import Scope
from tests.slack import made
from tests.slack.office import ALICE, BOB, GENERAL, ORDERS, PRODUCTION, Json, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
CAROL = "U0CAROL"
PASSWORD = "canary-pw-of-a-request"


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack said a moment ago is not remembered."""
    monkeypatch.setattr(people, "_REMEMBERED_SECONDS", 0.0)


async def protect(office: Office, owners: tuple[str, ...] = (ALICE, CAROL)) -> None:
    """Let the environment be protected, with these owners."""
    await office.workspace.command(ALICE, ORDERS, "/cert env settings")
    await office.modal("Environment settings")
    answer = await office.fill({"owners": list(owners), "protected": "yes"})
    assert answer.action == "clear", answer
    await office.posted("approval (now needed)")


async def add(office: Office, *, member: str = BOB, label: str = "bank", name: str = "shop.example") -> str:
    """Submit `/cert add`; the text that the form shows then."""
    await office.workspace.command(member, ORDERS, "/cert add")
    await office.modal("Add", member=member)
    files = [("bank.pfx", made.container(PASSWORD, name=name))]
    answer = await office.fill({"label": label, "password": PASSWORD}, member=member, files=files)
    if office.workspace.views(member) and "Add anyway" in shown(office.workspace.views(member)[-1]):
        answer = await office.fill({}, member=member)
    return shown(office.workspace.views(member)) if answer.action == "update" else shown(answer.errors or "")


async def place_of(office: Office) -> Environment:
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
    return place


async def current(office: Office, label: str = "bank") -> Version | None:
    async with office.desk.store.reading() as tx:
        return await clients.find(tx, (await place_of(office)).id, label)


async def waiting(office: Office) -> list[Request]:
    async with office.desk.store.reading() as tx:
        return await requests.waiting(tx, [(await place_of(office)).id])


async def asked(office: Office) -> Json:
    """An environment that is protected, and the message of a request to add a certificate to it."""
    await office.production()
    await protect(office)
    said = await add(office)
    assert "waits for another owner to approve it" in said, said
    return await office.posted("Waits for approval")


async def gone(office: Office, message: Json) -> None:
    """Wait until the message has no buttons any more."""
    await office.workspace.wait_for(
        lambda: next(not buttons(one) for one in office.workspace.messages(ORDERS) if one["ts"] == message["ts"])
    )


async def test_a_certificate_waits_until_another_owner_approves_it(office: Office) -> None:
    """Nothing is current before that; then the card names both, and so does the audit log."""
    message = await asked(office)
    assert await current(office) is None
    assert f"<@{BOB}> asks to add `bank` to *orders/production*" in shown(message)
    assert "CN=shop.example" in shown(message)
    assert "another" not in shown(message).lower() or f"<@{CAROL}>" in shown(message)
    await office.click(message, "request_approve", member=CAROL)
    card = await office.posted(f"approved by <@{CAROL}>")
    assert f"Added by <@{BOB}>, approved by <@{CAROL}>" in shown(card)
    await gone(office, message)
    version = await current(office)
    assert version is not None
    assert (version.number, version.deposited_by) == (1, BOB)
    async with office.desk.store.reading() as tx:
        events = await audit.events(tx, limit=6)
    deposited = next(one for one in events if one.tag == audit.Tag.CERTIFICATE_DEPOSITED)
    assert (deposited.actor, deposited.detail["decided_by"]) == (BOB, CAROL)
    assert [one.tag for one in events if one.tag.startswith("desk:request")] == [
        audit.Tag.REQUEST_APPROVED,
        audit.Tag.REQUEST_REVEALED,
        audit.Tag.REQUEST_ASKED,
    ]


@pytest.mark.parametrize(("member", "said"), [(BOB, "You asked for this yourself"), ("U0DAVE", "Guests can look")])
async def test_who_asked_and_who_owns_nothing_approve_nothing(office: Office, member: str, said: str) -> None:
    """They read why not, and the request goes on waiting."""
    await office.production()
    await protect(office, (ALICE, CAROL, BOB))
    await add(office)
    message = await office.posted("Waits for approval")
    await office.click(message, "request_approve", member=member)
    await office.whispered(member, text=said)
    assert len(await waiting(office)) == 1
    assert await current(office) is None


async def test_a_request_is_declined_with_a_reason(office: Office) -> None:
    """Who asked is told why in the channel; the key is destroyed."""
    message = await asked(office)
    (request,) = await waiting(office)
    await office.workspace.click(CAROL, message["ts"], "request_decline")
    await office.modal("Decline a request", member=CAROL)
    assert (await office.fill({"reason": "The bank wants another subject"}, member=CAROL)).action == "clear"
    said = await office.posted("declined your request")
    assert f"<@{BOB}>, <@{CAROL}> declined your request to add `bank`" in shown(said)
    assert "`The bank wants another subject`" in shown(said)
    await gone(office, message)
    assert await current(office) is None
    from sqlalchemy import select  # the store never shows the bytes

    from store.models import RequestRow

    async with office.desk.store.reading() as tx:
        row = (await tx.session.execute(select(RequestRow).where(RequestRow.id == request.id))).scalar_one()
    assert (row.key_id, row.wrapped_key, row.sealed_key, row.state) == ("", b"", b"", "declined")


async def test_a_reason_is_asked_for(office: Office) -> None:
    """White space is none."""
    message = await asked(office)
    await office.workspace.click(CAROL, message["ts"], "request_decline")
    await office.modal("Decline a request", member=CAROL)
    answer = await office.fill({"reason": "   "}, member=CAROL)
    assert "Write a reason" in shown(answer.errors)
    assert len(await waiting(office)) == 1


async def test_a_request_is_withdrawn_by_who_asked_alone(office: Office) -> None:
    """And approving it afterwards says so, and changes nothing."""
    message = await asked(office)
    before = deepcopy(message)
    await office.click(message, "request_withdraw", member=CAROL)
    await office.whispered(CAROL, text=f"Only <@{BOB}> can withdraw this request")
    await office.click(message, "request_withdraw", member=BOB)
    await gone(office, message)
    stale = _posted_again(office, before)
    await office.click(stale, "request_approve", member=CAROL)
    await office.whispered(CAROL, text=f"was withdrawn by <@{BOB}>")
    assert await current(office) is None


def _posted_again(office: Office, message: Json) -> Json:
    """The message as somebody sees it whose Slack has not shown the update yet."""
    office.workspace.state.post(ORDERS, {**message, "ts": ""})
    return office.workspace.messages(ORDERS)[-1]


async def test_a_request_expires_after_three_working_days(office: Office) -> None:
    """Who asked is told, and nothing is changed."""
    message = await asked(office)
    (request,) = await waiting(office)
    # The same time of day: an hour less where the clocks go forward.
    assert request.expires_at > office.desk.clock() + timedelta(days=2, hours=22)
    office.workspace.clock.advance(request.expires_at - office.desk.clock() + timedelta(seconds=1))
    said = await office.posted("has ended: nobody approved it in time")
    assert f"<@{BOB}>, your request to add `bank`" in shown(said)
    await gone(office, message)
    assert await current(office) is None


async def test_do_it_now_needs_an_owner_and_a_reason(office: Office) -> None:
    """The change is made at once, the channel reads why, and the audit log has it as such."""
    message = await asked(office)
    await office.click(message, "request_now", member=BOB)
    await office.whispered(BOB, text="Only an owner of `orders/production`")
    await office.workspace.click(ALICE, message["ts"], "request_now")
    await office.modal("Do it now")
    assert (await office.fill({"reason": "The old one expires tonight"})).action == "clear"
    said = await office.posted("Done without approval")
    assert "`The old one expires tonight`" in shown(said)
    await office.posted("`bank` was added to *orders/production*")
    assert await current(office) is not None
    async with office.desk.store.reading() as tx:
        (bypassed,) = [one for one in await audit.events(tx, limit=9) if one.tag == audit.Tag.REQUEST_BYPASSED]
    assert (bypassed.actor, bypassed.detail["reason"]) == (ALICE, "The old one expires tonight")


async def test_what_changed_meanwhile_is_not_approved_unseen(office: Office) -> None:
    """Of two requests for one label the second shows what was there before the first was approved."""
    first = await asked(office)
    await add(office, name="other.example")
    second = (
        await office.workspace.wait_for(
            lambda: [one for one in office.workspace.messages(ORDERS) if "other.example" in shown(one)]
        )
    )[-1]
    await office.click(first, "request_approve", member=CAROL)
    await gone(office, first)
    await office.click(second, "request_approve", member=CAROL)
    await office.whispered(CAROL, text="not as the request shows it any more")
    version = await current(office)
    assert version is not None
    assert version.subject == "CN=shop.example"


async def test_a_certificate_that_expired_meanwhile_is_not_added(office: Office) -> None:
    """It is checked again; nothing is half done."""
    await office.production()
    await protect(office)
    await office.workspace.command(BOB, ORDERS, "/cert add")
    await office.modal("Add", member=BOB)
    files = [("bank.pfx", made.container(PASSWORD, days=2))]
    await office.fill({"label": "bank", "password": PASSWORD}, member=BOB, files=files)
    assert (await office.fill({}, member=BOB)).action == "update"
    message = await office.posted("Waits for approval")
    assert "accepted" in shown(message)
    office.workspace.clock.advance(timedelta(days=2, hours=1))
    await office.click(message, "request_approve", member=CAROL)
    await office.whispered(CAROL, text="does not pass its checks any more")
    assert await current(office) is None
    assert len(await waiting(office)) == 1


async def test_who_asked_must_still_be_in_the_channel(office: Office) -> None:
    """Who left, or was deactivated, changes nothing through somebody else's click."""
    message = await asked(office)
    office.workspace.channels[ORDERS].members.discard(BOB)
    await office.click(message, "request_approve", member=CAROL)
    await office.whispered(CAROL, text=f"<@{BOB}> may not make this change any more")
    assert await current(office) is None


async def test_who_asked_must_still_have_an_account(office: Office) -> None:
    """Slack knows nobody of that id any more: the sentence is about them, not about who clicked."""
    message = await asked(office)
    del office.workspace.state.members[BOB]
    await office.click(message, "request_approve", member=CAROL)
    await office.whispered(CAROL, text=f"<@{BOB}> may not make this change any more")
    assert len(await waiting(office)) == 1


async def test_moving_ends_what_waits(office: Office) -> None:
    """Both channels are told; tokens of the old team end."""
    await office.production()
    await office.cert("env token")
    await protect(office)
    await add(office)
    message = deepcopy(await office.posted("Waits for approval"))
    await office.cert(f"env bind {PRODUCTION}", channel=GENERAL)
    await office.posted("moved from <#C0ORDERS> to <#C0GENERAL> (1 token was revoked)")
    await office.click(_posted_again(office, message), "request_approve", member=CAROL)
    await office.whispered(CAROL, text="removed or moved meanwhile")
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, GENERAL)
        assert await requests.waiting(tx, [place.id]) == []
        assert await tokens.live(tx, place.id) == []


async def test_protecting_takes_two_owners(office: Office) -> None:
    """With one owner, the form says so."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert env settings")
    await office.modal("Environment settings")
    assert "takes two" in shown((await office.fill({"protected": "yes"})).errors)
    assert not (await place_of(office)).protected


async def test_unprotecting_takes_two_people(office: Office) -> None:
    """It waits like every other change."""
    await office.production()
    await protect(office)
    await office.workspace.command(ALICE, ORDERS, "/cert env settings")
    await office.modal("Environment settings")
    assert (await office.fill({"protected": "no"})).action == "update"
    assert "waits for another owner" in shown(office.workspace.views(ALICE))
    assert (await place_of(office)).protected
    message = await office.posted("change who decides about")
    await office.click(message, "request_approve", member=CAROL)
    await office.posted(f"approval (not needed any more): <@{ALICE}>, approved by <@{CAROL}>")
    assert not (await place_of(office)).protected


async def test_a_token_of_a_protected_environment_works_once_it_is_approved(office: Office) -> None:
    """Who asked has it already; its digest alone waits."""
    await office.production()
    await protect(office)
    answer = await office.cert("env token")
    assert "It does not work yet" in shown(answer)
    async with office.desk.store.reading() as tx:
        assert await tokens.live(tx, (await place_of(office)).id) == []
    message = await office.posted("Waits for approval")
    await office.click(message, "request_approve", member=CAROL)
    await office.posted("has a new token")
    async with office.desk.store.reading() as tx:
        (token,) = await tokens.live(tx, (await place_of(office)).id)
    assert token.hint in shown(answer)


async def test_a_delivery_token_waits_with_its_limits(office: Office) -> None:
    """The question says that keys leave, until when and where to; once approved, the token is as it was asked for."""
    await office.production()
    await protect(office)
    answer = await office.cert("env delivery-token 30 192.0.2.7/24")
    assert "It does not work yet" in shown(answer)
    message = await office.posted("Waits for approval")
    assert "let the app of *orders/production* get its certificates and keys" in shown(message)
    assert "Valid until" in shown(message)
    assert "`192.0.2.0/24`" in shown(message)
    await office.click(message, "request_approve", member=CAROL)
    await office.posted("with which its app gets its certificates and keys until")
    async with office.desk.store.reading() as tx:
        (token,) = await tokens.live(tx, (await place_of(office)).id)
    assert (token.scope, token.networks) == (Scope.DELIVER, ("192.0.2.0/24",))
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - token.created_at <= timedelta(days=30)


async def test_requests_are_listed_with_their_buttons(office: Office) -> None:
    """`/cert requests` shows what waits, and that nothing does."""
    await office.production()
    assert "Nothing waits" in shown(await office.cert("requests"))
    await protect(office)
    await add(office)
    listed = await office.cert("requests", member=CAROL)
    assert "asks to add `bank`" in shown(listed)
    await office.click(listed, "request_approve", member=CAROL)
    await office.posted(f"approved by <@{CAROL}>")


@pytest.mark.parametrize("command", ["pin bank bank.example", "remove bank"])
async def test_every_change_waits(office: Office, command: str) -> None:
    """What is asked of a command or a button is done when somebody else approves it."""
    await office.production()
    await add(office)
    await office.posted("`bank` was added")
    await protect(office)
    answer = await office.cert(command, member=BOB)
    if buttons(answer):
        await office.click(answer, buttons(answer)[0], member=BOB)
        answer = await office.whispered(BOB, text="waits for another owner")
    assert "waits for another owner" in shown(answer)
    before = await current(office)
    assert before is not None
    assert before.pins == ()
    message = await office.posted("Waits for approval")
    await office.click(message, "request_approve", member=CAROL)
    await office.posted(f"approved by <@{CAROL}>")
    after = await current(office)
    assert after is None or after.pins == ("bank.example",)


async def test_where_owners_alone_change_it_members_are_refused(office: Office) -> None:
    """A setting of the environment: they look, and read whom to ask."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert env settings")
    await office.modal("Environment settings")
    assert (await office.fill({"changed_by": "owners"})).action == "clear"
    await office.posted("now owners only")
    assert "Only an owner of" in await add(office)
    assert await current(office) is None
