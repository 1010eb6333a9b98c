"""The demo's own story in Chromium: an app gets its certificates from the desk, and proves what it runs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.cli.demo.practice import start_app
from bot.cli.demo.samples import PASSWORD, Bank, make_bank
from tests.browser.conftest import page
from tests.flows.delivering import delivery_token
from tests.flows.world import World, open_world, shown
from tests.today import NOW

pytestmark = pytest.mark.browser
__all__ = ["page"]


@pytest.fixture
def bank() -> Bank:
    return make_bank(NOW)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def added(world: World, bank: Bank, name: str, label: str = "") -> None:
    """Alice drops a sample and adds it; warnings are accepted."""
    (sample,) = [one for one in bank.samples if one.name == name]
    await world.workspace.drop_file(world.alice, world.orders, name, sample.data)
    offer = await world.sees_privately(world.alice, name)
    is_authority = "upload_authority" in shown(offer)
    await world.workspace.click(world.alice, offer["ts"], "upload_authority" if is_authority else "upload_unlock")
    view = await world.sees_view(world.alice, "Add CA" if is_authority else "Password")
    values = {} if is_authority else {"label": {"value": label}, "password": {"value": PASSWORD}}
    result = await world.workspace.submit(world.alice, view["id"], values)
    if result.action == "update":
        result = await world.workspace.submit(world.alice, world.top_view(world.alice)["id"], {})
    assert result.action in {"clear", "close"}, result


async def test_a_renewed_certificate_is_proven(world: World, bank: Bank, page: Page) -> None:
    """Add, deliver, renew, restart one and then the other: the reminder counts, and closes by itself.

    A certificate that the partner rejects is explained, by the app and by `/cert try`.
    """
    async with AsyncExitStack() as stack:
        address = await start_app(stack, world.workspace, bank)
        await page.reload()
        await expect(page.get_by_role("link", name="Practice app")).to_have_attribute("href", address)
        await world.has_environment()
        await added(world, bank, "bank-authorities.pem")
        await added(world, bank, "orders-client.pfx", "bank")
        await world.sees("`bank` was added to")
        app = await page.context.new_page()
        await app.goto(address)
        await app.get_by_label("Delivery token").fill(await delivery_token(world))
        await app.get_by_role("button", name="Start the app").click()
        await expect(app.get_by_text("the bank answers “Hello orders.example”")).to_have_count(2, timeout=60_000)
        # The first one was alone as it said so.
        await world.sees("*orders/production was restarted*: 1 of 1 instance runs these changes")

        await added(world, bank, "orders-client-renewed.pfx", "bank")
        await world.sees("new version 2")
        await app.get_by_role("button", name="Restart orders-1").click()
        await expect(app.get_by_text("Runs revision")).to_have_count(2, timeout=60_000)
        await world.sees("1 of 2 instances runs `bank` version 2")
        await app.get_by_role("button", name="Restart orders-2").click()
        await world.sees("2 of 2 instances run `bank` version 2")
        await expect(page.get_by_text(re.compile("2 of 2 instances run bank version 2")).first).to_be_visible()

        await added(world, bank, "other-bank.pfx", "other")
        await world.sees("`other` was added to")
        await app.get_by_role("button", name="Restart the app").click()
        await expect(app.get_by_text("rejected, ")).to_have_count(2, timeout=60_000)
        partner = address_of_partner(await app.locator("h1").inner_text())
        await world.workspace.command(world.alice, world.orders, f"/cert try other {partner}")
        said = shown(await world.sees_privately(world.alice, "I tried `other`"))
        assert "*rejected* with `unknown ca`" in said
        assert "none of them issued this certificate" in said
        await world.workspace.command(world.alice, world.orders, f"/cert try bank {partner}")
        said = shown(await world.sees_privately(world.alice, "I tried `bank`"))
        assert "*accepted*" in said
        assert "is trusted by this environment's CA certificates" in said


def address_of_partner(heading: str) -> str:
    found = re.search(r"127\.0\.0\.1:\d+", heading)
    assert found is not None
    return found.group(0)
