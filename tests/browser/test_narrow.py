"""The page in a window as narrow as a telephone's."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from bot.workspace import SampleFile
from tests.flows.world import World

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 360, 740


@pytest.fixture
async def telephone(world: World, page: Page) -> Page:
    """The page in a narrow window, with one sample in the tray."""
    world.workspace.samples.append(SampleFile("notes.txt", b"Nothing of interest", "A text file."))
    await page.emulate_media(reduced_motion="reduce")
    await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    await page.reload()
    await expect(page.get_by_label("Message #orders")).to_be_visible()
    return page


async def _box(found: Locator) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what is on the screen."""
    box = await found.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


async def _assert_reachable(*found: Locator) -> None:
    """Assert that all of it lies within the window."""
    for one in found:
        left, top, right, bottom = await _box(one)
        assert left >= 0, one
        assert top >= 0, one
        assert right <= WIDTH, one
        assert bottom <= HEIGHT, one


async def test_the_composer_is_as_wide_as_the_window(telephone: Page) -> None:
    """Composer, members and both toggles are in the window, and nothing scrolls sideways."""
    field = telephone.get_by_label("Message #orders")
    await _assert_reachable(
        field,
        telephone.get_by_role("button", name="Send"),
        telephone.get_by_role("radio", name="Dave"),
        telephone.get_by_role("button", name="Channels and apps"),
        telephone.get_by_role("button", name="Samples and clock"),
    )
    left, _, right, _ = await _box(field)
    assert right - left > WIDTH * 0.8
    assert await telephone.evaluate("document.documentElement.scrollWidth") <= WIDTH


async def test_the_channels_are_a_drawer(telephone: Page) -> None:
    """The button opens the channels; choosing one closes them again, and so does a press beside them."""
    toggle, channels = (
        telephone.get_by_role("button", name="Channels and apps"),
        telephone.get_by_role("navigation", name="Channels and apps"),
    )
    await expect(channels).to_be_hidden()
    await toggle.click()
    await _assert_reachable(channels.get_by_role("button", name="general"))
    await channels.get_by_role("button", name="general").click()
    await expect(telephone.get_by_label("Message #general")).to_be_visible()
    await expect(channels).to_be_hidden()
    await toggle.click()
    await expect(channels).to_be_visible()
    await telephone.mouse.click(WIDTH - 10, HEIGHT / 2)
    await expect(channels).to_be_hidden()


async def test_a_sample_is_shared_from_the_tray(telephone: Page) -> None:
    """Share in the drawer of samples closes the drawer and shows the file in the channel."""
    await telephone.get_by_role("button", name="Samples and clock").click()
    share = telephone.get_by_role("button", name="Share notes.txt")
    await _assert_reachable(share, telephone.get_by_role("button", name="+1 week"))
    await share.click()
    await expect(share).to_be_hidden()
    await expect(telephone.get_by_role("log").get_by_text("notes.txt").first).to_be_visible()


async def test_a_modal_fills_the_window(telephone: Page) -> None:
    """A modal takes the whole window, with its buttons in it."""
    field = telephone.get_by_label("Message #orders")
    for text in ("/cert env add orders/production Europe/Berlin", "/cert env settings"):
        await field.fill(text)
        await field.press("Escape")
        await field.press("Enter")
        await expect(telephone.get_by_role("article").first).to_be_visible()
    dialog = telephone.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    assert await _box(dialog) == (0, 0, WIDTH, HEIGHT)
    await _assert_reachable(
        dialog.get_by_role("button", name="Save"),
        dialog.get_by_role("button", name="Cancel"),
        dialog.get_by_role("button", name="Dismiss dialog"),
    )
