"""Chromium on the practice workspace's page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.flows.world import World, open_world
from tests.required import missing, tool

# The machine may be slow; what is never shown fails all the same.
expect.set_options(timeout=10_000)

ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def page(world: World) -> AsyncIterator[Page]:
    """The page, open as Alice; whatever goes wrong in its scripts fails the test."""
    chromium = tool("chromium")
    wrong: list[str] = []
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        except Exception as error:
            missing(f"Chromium does not start: {type(error).__name__}")
            return
        context = await browser.new_context(viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        context.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        opened = await context.new_page()
        await opened.goto(world.workspace.base_url)
        yield opened
        await browser.close()
    assert not wrong
