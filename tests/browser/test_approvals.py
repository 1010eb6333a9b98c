"""With the mouse: a protected environment whose changes are decided, and somebody of another company."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests import making
from tests.browser.test_in_the_browser import act_as, add, begin, command, dialog, files, log
from tests.flows.world import World

__all__ = ["files"]

pytestmark = pytest.mark.browser


async def protect(page: Page) -> None:
    """Alice makes the user group @platform (Bob and Carol) an owner beside her; a second one approves changes."""
    await command(page, "/cert env settings")
    groups = dialog(page).get_by_label("Groups of owners", exact=True)
    await groups.fill("plat")
    await groups.press("Enter")
    await dialog(page).get_by_label("Approved by a second owner first").check()
    await dialog(page).get_by_role("button", name="Save").click()
    await expect(dialog(page)).to_be_hidden()
    await expect(log(page).get_by_text("approval (now needed)")).to_be_visible()
    await expect(log(page).get_by_text("@platform").first).to_be_visible()


async def ask_for(page: Page, file: Path, label: str, *, anyway: bool = False) -> None:
    """Bob adds a certificate, ``anyway`` where another subject follows, and it waits."""
    await act_as(page, "Bob")
    await command(page, "/cert add")
    await dialog(page).get_by_label("File", exact=True).set_input_files(file)
    await dialog(page).get_by_label("Label").fill(label)
    await dialog(page).get_by_label("Pins").fill(f"{label}.example")
    await dialog(page).get_by_label("Password").fill(making.PASSWORD)
    await add(page)
    if anyway:
        await dialog(page).get_by_role("button", name="Add anyway").click()
    await expect(dialog(page).get_by_text("waits for another owner to approve it")).to_be_visible()
    await dialog(page).get_by_role("button", name="Close").last.click()
    await expect(dialog(page)).to_be_hidden()


async def give_reason(page: Page, reason: str, button: str) -> None:
    await dialog(page).get_by_label("Reason").fill(reason)
    await dialog(page).get_by_role("button", name=button, exact=True).click()
    await expect(dialog(page)).to_be_hidden()


async def test_a_replacement_declined_done_at_once_approved_and_expired(world: World, page: Page, files: Path) -> None:
    """The channel sees old beside new, who decided, and why."""
    await begin(page)
    await protect(page)
    await ask_for(page, files / "orders.pfx", "bank")
    await act_as(page, "Carol")
    await log(page).get_by_role("button", name="Approve").click()
    await expect(log(page).get_by_text("approved by")).to_be_visible()
    await ask_for(page, files / "payments.pfx", "bank", anyway=True)
    await expect(log(page).get_by_text("CN=orders.example").last).to_be_visible()
    await expect(log(page).get_by_text("CN=payments.example").last).to_be_visible()
    await act_as(page, "Carol")
    await log(page).get_by_role("button", name="Decline…").click()
    await give_reason(page, "The bank still pins the old subject", "Decline")
    await expect(log(page).get_by_text("declined your request")).to_be_visible()
    await ask_for(page, files / "payments.pfx", "bank", anyway=True)
    await act_as(page, "Alice")
    await log(page).get_by_role("button", name="Do it now…").click()
    await give_reason(page, "The old one expires tonight", "Do it now")
    await expect(log(page).get_by_text("Done without approval").first).to_be_visible()
    await ask_for(page, files / "orders.pfx", "other")
    await command(page, "/cert requests")
    for _ in range(5):
        await page.get_by_role("button", name="+1 day").click()
    await expect(log(page).get_by_text("has ended: nobody approved it in time")).to_be_visible()
    assert not world.workspace.refused


async def test_somebody_of_another_company_drops_a_file_and_clicks(world: World, page: Page, files: Path) -> None:
    """In a shared channel: no offer for their file, one sentence for their click."""
    workspace = world.workspace
    bank = world.channel("bank")
    await workspace.command(world.alice, bank, "/cert env add orders/production")
    question = await world.sees_privately(world.alice, "environment_shared", channel=bank)
    await workspace.click(world.alice, question["ts"], "environment_shared")
    await world.sees_privately(world.alice, "is added to", channel=bank)
    await workspace.command(world.alice, bank, "/cert add")
    view = await world.sees_view(world.alice, "files")
    await workspace.submit(
        world.alice, view["id"], {}, {"files": {"value": [("ca.pem", (files / "authorities.pem").read_bytes())]}}
    )
    await world.sees("waits for a restart", channel=bank)
    await act_as(page, "Erin")
    await page.get_by_role("button", name="bank").first.click()
    await drop_in_bank(page, files / "orders.pfx")
    await log(page).get_by_role("button", name="Mark as restarted").click()
    await expect(log(page).get_by_text("I work for people of one company only")).to_be_visible()
    await expect(log(page).get_by_role("button", name="Unlock…")).to_have_count(0)


async def drop_in_bank(page: Page, file: Path) -> None:
    await page.get_by_label("Files to share").set_input_files(file)
    await expect(log(page).get_by_text("orders.pfx")).to_be_visible()
