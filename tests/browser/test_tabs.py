"""Many tabs of one browser on the practice workspace."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.flows.world import World

pytestmark = pytest.mark.browser

# Browsers open six connections to a host over HTTP/1.1.
TABS = 7


async def _open_tabs(world: World, page: Page) -> list[Page]:
    tabs = [page, *[await page.context.new_page() for _ in range(TABS - 1)]]
    for tab in tabs[1:]:
        await tab.goto(world.workspace.base_url)
        await expect(tab.get_by_label("Message #orders")).to_be_visible()
    return tabs


async def test_seven_tabs_stay_up_to_date(world: World, page: Page) -> None:
    """Each of seven tabs loads, and shows what was said after it was opened."""
    tabs = await _open_tabs(world, page)
    world.workspace.say(world.bob, world.orders, "Hello to every tab")
    for tab in tabs:
        await expect(tab.get_by_role("log").get_by_text("Hello to every tab")).to_be_visible()


async def test_a_tab_outlives_the_first(world: World, page: Page) -> None:
    """Close the tabs one after the other, the oldest first: the last one still hears of changes."""
    *closing, last = await _open_tabs(world, page)
    for tab in closing:
        await tab.close()
    world.workspace.say(world.bob, world.orders, "Hello to the last one")
    await expect(last.get_by_role("log").get_by_text("Hello to the last one")).to_be_visible()
