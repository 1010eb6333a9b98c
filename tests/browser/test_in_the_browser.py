"""What a person does with the mouse: from a dropped file to a confirmed restart, seen on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests import making
from tests.flows.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def files(tmp_path: Path) -> Path:
    leaf, intermediate, root = making.make_chain("orders.example")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "orders.pfx").write_bytes(making.pfx(leaf, [intermediate, root]))
    other, *above = making.make_chain("payments.example")
    (folder / "payments.pfx").write_bytes(making.pfx(other, above))
    (folder / "authorities.pem").write_bytes(b"# bank\r\n" + root.pem + intermediate.pem)
    return folder


async def command(page: Page, text: str) -> None:
    """Type a command into the composer and send it."""
    field = page.get_by_label("Message #orders")
    await field.fill(text)
    await field.press("Escape")
    await field.press("Enter")


async def drop(page: Page, file: Path) -> None:
    """Share a file through the composer's picker."""
    await page.get_by_label("Files to share").set_input_files(file)


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


async def add(page: Page) -> None:
    await dialog(page).get_by_role("button", name="Add", exact=True).click()


async def act_as(page: Page, name: str) -> None:
    await page.get_by_role("radio", name=name).check()


async def begin(page: Page) -> None:
    await command(page, "/cert env add orders/production Europe/Berlin")
    await expect(log(page).get_by_text("is added to")).to_be_visible()


async def test_drop_unlock_and_confirm(world: World, page: Page, files: Path) -> None:
    """Drop a container, give a wrong and the right password, see card and reminder, confirm as another member."""
    await begin(page)
    await drop(page, files / "orders.pfx")
    await log(page).get_by_role("button", name="Unlock…").click()
    password = dialog(page).get_by_label("Password")
    await password.fill("wrong")
    await add(page)
    await expect(dialog(page).get_by_text("does not open this file")).to_be_visible()
    await password.fill(making.PASSWORD)
    await add(page)
    await expect(dialog(page)).to_be_hidden()
    await expect(log(page).get_by_role("button", name="Details")).to_be_visible()
    await expect(log(page).get_by_text("orders/production waits for a restart")).to_be_visible()
    await act_as(page, "Bob")
    await log(page).get_by_role("button", name="Restarted").click()
    await expect(log(page).get_by_role("button", name="Restarted")).to_have_count(0)
    await expect(log(page).get_by_text("waits for a restart")).to_have_count(0)
    assert not world.workspace.refused


async def test_cert_add_and_a_bundle(world: World, page: Page, files: Path) -> None:
    """The same through /cert add, with a file that lies in no channel; then a CA bundle from the channel."""
    await begin(page)
    await command(page, "/cert add")
    form = dialog(page)
    await form.get_by_label("File", exact=True).set_input_files(files / "payments.pfx")
    await form.get_by_label("Label").fill("bank")
    await form.get_by_label("Password").fill(making.PASSWORD)
    await add(page)
    await expect(form).to_be_hidden()
    await expect(log(page).get_by_text("was added to orders/production").first).to_be_visible()
    await drop(page, files / "authorities.pem")
    await log(page).get_by_role("button", name="Add as CA certificate…").click()
    await dialog(page).get_by_role("button", name="Add").last.click()
    await expect(dialog(page)).to_be_hidden()
    await expect(log(page).get_by_text("2 CA certificates").first).to_be_visible()
    await expect(log(page).get_by_role("button", name="Restarted")).to_have_count(1)
    assert not world.workspace.refused


async def test_settings_are_filled_in(world: World, page: Page) -> None:
    """People are chosen as chips, times and days by their controls; what is wrong stands under its field."""
    await begin(page)
    await command(page, "/cert env settings")
    form = dialog(page)
    owners = form.get_by_label("Owners", exact=True)
    await owners.fill("bo")
    await owners.press("Enter")
    await form.get_by_role("button", name="Remove Alice").click()
    await form.get_by_label("Sunday").check()
    await form.get_by_label("Friday").uncheck()
    await form.get_by_label("Quiet from").fill("22:00")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("Quiet hours begin and end")).to_be_visible()
    await form.get_by_label("Quiet until").fill("07:00")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    said = log(page).get_by_text("from now on")
    await expect(said).to_contain_text("Sunday to Thursday at 09:00")
    await expect(said).to_contain_text("Between 22:00 and 07:00")
    await expect(said).to_contain_text("I mention @Bob.")
    assert not world.workspace.refused


async def test_the_home_tab_confirms(world: World, page: Page, files: Path) -> None:
    """What waits stands in the App Home with a button, and goes when it is pressed."""
    await begin(page)
    await drop(page, files / "orders.pfx")
    await log(page).get_by_role("button", name="Unlock…").click()
    await dialog(page).get_by_label("Password").fill(making.PASSWORD)
    await add(page)
    await expect(log(page).get_by_text("waits for a restart")).to_be_visible()
    await page.get_by_role("button", name="Certdesk").first.click()
    await page.get_by_role("button", name="Restarted").click()
    await expect(page.get_by_text("every app has loaded its changes")).to_be_visible()
    await expect(page.get_by_role("button", name="Restarted")).to_have_count(0)


async def test_a_snoozed_reminder_comes_back(world: World, page: Page, files: Path) -> None:
    """Put off for an hour, the reminder is back when the workspace's clock has moved on."""
    await begin(page)
    await drop(page, files / "orders.pfx")
    await log(page).get_by_role("button", name="Unlock…").click()
    await dialog(page).get_by_label("Password").fill(making.PASSWORD)
    await add(page)
    await log(page).get_by_role("button", name="Remind me…").click()
    await dialog(page).get_by_label("In one hour").check()
    await dialog(page).get_by_role("button").last.click()
    await expect(dialog(page)).to_be_hidden()
    before = len(world.workspace.messages(world.orders))
    await page.get_by_role("button", name="+1 hour").click()
    await world.workspace.wait_for(lambda: len(world.workspace.messages(world.orders)) > before)
    await expect(log(page).get_by_role("button", name="Restarted")).to_have_count(1)


async def test_a_name_that_shouts_is_only_shown(world: World, page: Page, tmp_path: Path) -> None:
    """A file `<!channel>.pfx` with a subject full of mark-up mentions nobody and is shown as it is."""
    leaf, *above = making.make_chain("<!channel> *x* &amp;")
    (tmp_path / "<!channel>.pfx").write_bytes(making.pfx(leaf, above))
    await begin(page)
    await drop(page, tmp_path / "<!channel>.pfx")
    await expect(log(page).get_by_text("<!channel>.pfx").first).to_be_visible()
    await log(page).get_by_role("button", name="Unlock…").click()
    await dialog(page).get_by_label("Label").fill("shout")
    await dialog(page).get_by_label("Password").fill(making.PASSWORD)
    await add(page)
    await log(page).get_by_role("button", name="Details").click()
    await expect(log(page).get_by_text("CN=<!channel> *x* &amp;").first).to_be_visible()
    said = [*world.workspace.messages(world.orders), *world.workspace.ephemerals(world.alice, world.orders)]
    assert {who for message in said for who in message.get("mentions", [])} <= {world.alice}
