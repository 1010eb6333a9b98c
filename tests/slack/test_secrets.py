"""What is typed into a modal stands in no log, no message and no id, whatever the level."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import aiohttp
import pytest

from bot.desk.deposit import uploads
from tests.slack import made
from tests.slack.office import ALICE, ORDERS, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANARY = "canary-Kx7-password"


async def test_no_password_in_logs_or_messages(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, through a refusal, a success and a failure of the store."""
    caplog.set_level(logging.DEBUG)
    await office.production()
    await office.unlocked(made.container(CANARY))
    await office.fill({"password": CANARY + "x"})
    await office.fill({"password": CANARY, "label": "not a label"})
    assert (await office.fill({"label": "partner"})).action == "clear"
    await office.posted("card_details")
    assert CANARY not in caplog.text
    assert CANARY not in shown(office.workspace.messages(ORDERS))
    assert CANARY not in shown([call.arguments for call in office.workspace.calls])


async def test_a_payload_with_a_wrong_signature_is_not_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Bolt would print it whole, and a wrong clock is enough to get there."""
    caplog.set_level(logging.DEBUG)
    headers = {"x-slack-signature": "v0=0", "x-slack-request-timestamp": str(int(time.time()))}
    async with aiohttp.ClientSession() as http:
        answer = await http.post(str(office.workspace.bot_url), json={"type": "x", "typed": CANARY}, headers=headers)
    assert answer.status == 401
    assert CANARY not in caplog.text


async def test_a_failure_logs_its_kind_and_not_its_text(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's text may hold what somebody typed; the person gets a number that leads to the line, and keeps
    the form."""
    caplog.set_level(logging.DEBUG)
    await office.production()
    await office.unlocked(made.container(CANARY))

    async def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("bot.slack.deposit.submissions.deposits.deposit", broken)
    refused = await office.fill({"password": CANARY})
    assert "Something failed on my side" in refused.errors["environment"]
    assert office.workspace.views(ALICE)[-1]["callback_id"] == "deposit"
    assert "RuntimeError" in caplog.text
    assert CANARY not in caplog.text


async def test_an_event_that_cannot_be_kept_is_not_acknowledged(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack delivers it again, and then it is noticed."""
    await office.production()
    notice, failures = uploads.notice, [RuntimeError("the database is away")]

    async def away_once(*args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await notice(*args, **kwargs)

    monkeypatch.setattr(uploads, "notice", away_once)
    await office.workspace.drop_file(ALICE, ORDERS, "partner.pfx", made.container("right"))
    await office.whispered(text="partner.pfx")
    events = [one.ack.ok for one in office.workspace.deliveries if one.kind == "event"]
    assert events == [False, True]


async def test_a_double_click_deposits_once(office: Office) -> None:
    """Two submissions at once: one version, one card, and both modals close."""
    await office.production()
    view = await office.unlocked(made.container("right"))
    typed = {"password": {"value": "right"}}
    both = await asyncio.gather(*(office.workspace.submit(ALICE, view["id"], typed) for _ in range(2)))
    assert {result.action for result in both} == {"clear"}
    await office.posted("card_details")
    await office.posted("waits for a restart")
    cards = [one for one in office.workspace.messages(ORDERS) if "card_details" in shown(one)]
    assert len(cards) == 1
    await office.cert("list")
    await office.whispered(text="version 1")
