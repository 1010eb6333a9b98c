"""The page that hands out a certificate, in Chromium: it works, and nothing of it stays on the machine."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.browser.conftest import ARGUMENTS
from tests.flows.delivering import added
from tests.flows.test_hand_out import linked
from tests.flows.world import World
from tests.required import missing, tool

pytestmark = pytest.mark.browser


async def handed_out(page: Page, url: str, code: str, file: Path) -> str:
    """Type the code, copy the password, and save the file; the password."""
    await page.goto(url)
    await page.get_by_label("The code").fill(code)
    await page.get_by_role("button", name="Show it").click()
    await expect(page.get_by_role("heading", name="bank")).to_be_visible()
    await expect(page.locator("#password")).to_be_hidden()
    await page.get_by_text("Show the password").click()
    password = await page.locator("#password").inner_text()
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Save bank.p12").click()
    await (await saved.value).save_as(file)
    return password


async def opened(context: BrowserContext, wrong: list[str]) -> Page:
    context.set_default_timeout(10_000)
    context.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    return await context.new_page()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_nothing_of_the_page_stays_in_the_browser(world: World, tmp_path: Path, scripts: bool) -> None:
    """With scripts and without: neither password nor file is in the browser's profile, its history or its cache."""
    chromium, wrong, file = tool("chromium"), list[str](), tmp_path / "bank.p12"
    await world.has_environment()
    await added(world, "bank")
    url, code = await linked(world)
    async with async_playwright() as playwright:
        try:
            context = await playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=chromium,
                args=list(ARGUMENTS),
                java_script_enabled=scripts,
                accept_downloads=True,
            )
        except Exception as error:
            missing(f"Chromium does not start: {type(error).__name__}")
            return
        page = await opened(context, wrong)
        password = await handed_out(page, url, code, file)
        copies = page.get_by_role("button", name="Copy")
        await (expect(copies).to_be_visible() if scripts else expect(copies).to_be_hidden())
        await page.goto(f"{world.workspace.base_url}")
        await context.close()
    assert not wrong
    key, _, _ = pkcs12.load_key_and_certificates(file.read_bytes(), password.encode())
    assert key is not None
    secrets = (password.encode(), file.read_bytes()[100:140], base64.b64encode(file.read_bytes())[100:140])
    profile = [path for path in (tmp_path / "profile").rglob("*") if path.is_file()]
    # The address is in the history, and opens nothing any more: the search would find what stays.
    assert any(url.rsplit("/", 1)[1].encode() in path.read_bytes() for path in profile)
    left = [path.name for path in profile if any(secret in path.read_bytes() for secret in secrets)]
    assert left == []
