"""Restart now, with the mouse: the question, the way it goes, and the loudest message there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.cli.demo.practice import demo_settings
from bot.workspace.deploy_api import NEVER_STARTS, DeployApi
from tests.browser.test_in_the_browser import act_as, begin, command, dialog, log
from tests.flows.world import World, open_world

pytestmark = pytest.mark.browser


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world with a cloud in which its apps run."""
    cloud = DeployApi()
    async with open_world(tmp_path, start=False) as opened:
        opened.settings = demo_settings(opened.workspace, tmp_path, deploy_api=await cloud.start())
        await opened.start()
        yield opened
    await cloud.stop()


async def connect(page: Page, app: str, *, times: int = 1) -> None:
    await command(page, "/cert env connect")
    await dialog(page).get_by_role("button", name="Next").click()
    for field, text in (("App id", app), ("User name", "deploy@b.example"), ("API key", "a-key-of-practice")):
        await dialog(page).get_by_label(field).fill(text)
    await dialog(page).get_by_role("button", name="Connect").click()
    await expect(dialog(page)).to_be_hidden()
    await expect(log(page).get_by_text("the app runs")).to_have_count(times)


async def test_asked_restarted_and_left_stopped(world: World, page: Page) -> None:
    """The question can be left; confirmed, the app is restarted; one that does not start is called out in a heading."""
    await begin(page)
    await connect(page, "orders")
    await command(page, "/cert restart now")
    await log(page).get_by_role("button", name="Not now").click()
    await expect(log(page).get_by_text("Nothing was restarted")).to_be_visible()
    await command(page, "/cert restart now")
    await log(page).get_by_role("button", name="Restart now").click()
    await expect(log(page).get_by_text("It runs again")).to_be_visible(timeout=20_000)
    await connect(page, NEVER_STARTS, times=2)
    await command(page, "/cert restart now")
    await log(page).get_by_role("button", name="Restart now").click()
    await expect(log(page).get_by_role("heading", name="orders/production is STOPPED")).to_be_visible(timeout=20_000)
    await act_as(page, "Bob")
    await expect(log(page).get_by_role("button", name="Try start again")).to_be_visible()
    assert not world.workspace.refused
