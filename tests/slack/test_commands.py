"""What `/cert …` answers, seen from the channel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, PRODUCTION, Office, buttons, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAYMENTS = "C0PAYMENTS"


async def _deposited(office: Office, label: str = "partner", pins: str = "partner.example") -> None:
    await office.workspace.command(ALICE, ORDERS, f"/cert add {PRODUCTION}")
    await office.modal()
    values = {"label": label, "password": "right", "pins": pins}
    # A machine that is busy answers "checking" first; the card comes all the same.
    assert (await office.fill(values, files=[("p.pfx", made.container("right"))])).action in {"clear", "update"}
    await office.posted(f"`{label}`")


def _days_ahead(office: Office) -> str:
    """The first and the last day of a change freeze, as a command takes them."""
    first = office.workspace.clock.now().date() + timedelta(days=40)
    return f"{first} {first + timedelta(days=1)}"


async def _trusted(office: Office, *names: str) -> None:
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    assert (await office.fill({}, files=[("ca.pem", made.bundle(*names))])).action == "clear"
    await office.posted("added to")


async def test_an_empty_channel_is_told_how_to_begin(office: Office) -> None:
    """The first `/cert` leads to an environment, by button or by command."""
    hello = await office.cert()
    assert "/cert env add" in shown(hello)
    await office.click(hello, "environment_add")
    view = await office.modal("Add an environment")
    assert "Europe/Berlin" in shown(view), "Alice's own zone stands there already"
    assert (await office.fill({"path": PRODUCTION})).action == "clear"
    await office.whispered(text="is added to")
    assert PRODUCTION in shown(await office.cert())


@pytest.mark.parametrize("command", ["list", "add", "show partner", "remove partner", "restart", "env list"])
async def test_a_command_in_a_channel_without_environment(office: Office, command: str) -> None:
    """One sentence, and the button for the next step."""
    answer = await office.cert(command)
    assert "No environment belongs to this channel" in shown(answer)
    assert buttons(answer) == ["environment_add"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lst", "/cert list"),
        ("remvoe partner", "/cert remove"),
        ("env ad x/y", "/cert env add"),
        ("hlep", "/cert help"),
    ],
)
async def test_a_typo_gets_the_nearest_command(office: Office, typed: str, meant: str) -> None:
    """No wall of text."""
    answer = await office.cert(typed)
    assert f"Did you mean `{meant}" in answer["text"]
    assert len(answer["blocks"]) == 1


async def test_overview_list_and_show(office: Office) -> None:
    """What an environment holds, in a line, in a list, and in full."""
    await office.production()
    await _deposited(office)
    await _trusted(office, "Partner Root CA")
    overview = await office.cert()
    assert "1 client certificate, 1 CA certificate" in shown(overview)
    assert "Waits for a restart" in shown(overview)
    listed = shown(await office.cert("list"))
    assert "`partner` version 1" in listed
    assert "Partner Root CA" in listed
    full = shown(await office.cert("show partner"))
    assert all(part in full for part in ("CN=shop.example", "`Partner Root`", "partner.example", "EC P-256"))
    assert "Partner Root CA" in shown(await office.cert("show Partner Root CA"))


async def test_a_label_that_does_not_exist_gets_the_nearest(office: Office) -> None:
    """So that one can see the slip."""
    await office.production()
    await _deposited(office)
    assert "Did you mean `partner`" in (await office.cert("show partnr"))["text"]


async def test_removing_asks_first(office: Office) -> None:
    """Keep keeps; Remove removes, tells the channel and asks for a restart."""
    await office.production()
    await _deposited(office)
    await office.click(await office.cert("remove partner"), "remove_no")
    await office.whispered(text="Nothing was removed")
    await office.click(await office.cert("remove partner"), "remove_yes")
    await office.whispered(text="was removed from")
    await office.posted("was removed from")
    await office.posted("`partner` removed")
    assert "Nothing here is named" in (await office.cert("show partner"))["text"]


async def test_a_pin_of_another_certificate_is_an_error_under_the_pins(office: Office) -> None:
    """It says whose the pin is."""
    await office.production()
    await _deposited(office, "first")
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal()
    values = {"label": "second", "password": "right", "pins": "partner.example"}
    refused = await office.fill(values, files=[("p.pfx", made.container("right"))])
    assert "first" in refused.errors["pins"]
    again = await office.fill({"pins": "https://partner.example/soap"})
    assert "partner.example" in again.errors["pins"]


async def test_environments_are_moved_by_their_owner(office: Office) -> None:
    """Another member is told whom to ask; the one who added it moves it."""
    await office.cert(f"env add {PRODUCTION}", member=BOB)
    elsewhere = shown(await office.cert(f"list {PRODUCTION}", member=BOB, channel=PAYMENTS))
    assert "belongs to another channel" in elsewhere
    assert "C0ORDERS" not in elsewhere
    moved = await office.cert(f"env bind {PRODUCTION}", member=BOB, channel=PAYMENTS)
    assert "belongs to <#C0PAYMENTS> now" in shown(moved)
    assert "Europe/London" in shown(await office.cert("env list", channel=PAYMENTS))


async def test_the_time_zone_can_be_changed(office: Office) -> None:
    """A slip in it gets the nearest zone."""
    await office.production()
    assert "Did you mean `Asia/Tokyo`" in (await office.cert(f"env timezone {PRODUCTION} Asia/Tokio"))["text"]
    assert "Asia/Tokyo" in (await office.cert(f"env tz {PRODUCTION} Asia/Tokyo"))["text"]


async def test_the_help_is_grouped_and_fits_on_a_screen(office: Office) -> None:
    """A short line for each command below its group, and the recommended way in."""
    answer = await office.cert("help")
    sections = [block["text"]["text"].splitlines() for block in answer["blocks"] if block["type"] == "section"]
    assert [lines[0] for lines in sections] == ["*Certificates*", "*Restarts*", "*Environments*", "*Help*"]
    assert sum(len(lines) for lines in sections) <= 35
    assert "env timezone" in shown(answer)
    assert "never posted in a channel" in shown(answer)


async def test_the_help_explains_one_command(office: Office) -> None:
    """A command that is named is shown with everything that may follow it; an unknown word gets the whole help."""
    assert "`/cert show LABEL [app/environment]`" in (await office.cert("help show"))["text"]
    assert "`/cert env settings [app/environment]`" in (await office.cert("help env"))["text"]
    assert "*Certificates*" in shown(await office.cert("help nothing"))


async def test_what_needs_attention_comes_first(office: Office) -> None:
    """Among many environments, the one with a certificate and a pending restart is on top, and the empty ones below."""
    for number in range(14):
        await office.cert(f"env add app{number:02}/production")
    await office.cert(f"env add {PRODUCTION}")
    await office.workspace.command(ALICE, ORDERS, f"/cert add {PRODUCTION}")
    await office.modal("Add")
    assert (await office.fill({}, files=[("ca.pem", made.bundle("Partner Root"))])).action == "clear"
    await office.posted("waits for a restart")
    overview = await office.cert()
    first = next(block for block in overview["blocks"] if block["type"] == "section")
    assert first["text"]["text"].startswith(f"*{PRODUCTION}*")
    assert "app00/production" in shown(overview)


async def test_a_label_of_one_environment_needs_no_environment(office: Office) -> None:
    """Where one environment of the channel has the label, it is meant; where two have it, they are the choice."""
    await office.production()
    await office.cert("env add orders/test")
    await office.cert("env add orders/empty")
    await _deposited(office)
    assert "a client certificate of *orders/production*" in shown(await office.cert("show partner"))
    await office.cert("copy partner orders/test")
    await office.posted("was added to *orders/test*")
    choice = shown(await office.cert("show partner"))
    assert "several environments" in choice
    assert "orders/test" in choice
    assert "orders/empty" not in choice


async def test_guests_may_look(office: Office) -> None:
    """Looking is free; changing is not."""
    await office.production()
    await _deposited(office)
    assert "`partner`" in shown(await office.cert("list", member=DAVE))
    assert "Guests" in shown(await office.cert("remove partner", member=DAVE))


async def test_the_home_tab_says_how_to_begin(office: Office) -> None:
    """Published when it is opened."""
    await office.workspace.open_home(ALICE)
    await office.workspace.wait_for(lambda: "How to begin" in shown(office.workspace.home(ALICE)))


async def test_slack_being_in_trouble_is_said_honestly(office: Office) -> None:
    """An error that nobody foresaw gets one sentence with a number for the operator, and no details."""
    await office.production()
    office.workspace.faults.fail("views.open", status=500, times=5)
    answer = await office.cert("add")
    assert "Something failed on my side" in answer["text"]


async def test_the_overview_leads_on_by_buttons(office: Office) -> None:
    """Each button under `/cert` does what the command of its name does."""
    await office.production()
    await _deposited(office)
    overview = await office.cert()
    assert buttons(overview)[-4:] == ["command_add", "command_list", "command_restart_now", "command_env_settings"]
    await office.click(overview, "command_add")
    assert "Add" in shown(await office.modal("Add"))
    await office.click(overview, "command_env_settings")
    assert PRODUCTION in shown(await office.modal("Environment settings"))
    await office.click(overview, "command_list")
    await office.whispered(text="`partner` version 1")
    await office.click(overview, "command_restart_now")
    await office.whispered(text="/cert env connect")


async def test_a_guest_sees_no_button_that_would_be_refused(office: Office) -> None:
    """They may look: the list is all that is offered."""
    await office.production()
    await _deposited(office)
    assert buttons(await office.cert(member=DAVE)) == ["command_list"]
    for command in ("", "list"):
        assert buttons(await office.cert(command, member=DAVE, channel=PAYMENTS)) == []


async def test_env_add_alone_opens_its_form(office: Office) -> None:
    """Nobody has to know how an environment is written."""
    await office.workspace.command(ALICE, ORDERS, "/cert env add")
    await office.modal("Add an environment")
    assert (await office.fill({"path": PRODUCTION})).action == "clear"
    await office.whispered(text="is added to")


async def test_which_environment_is_asked_with_buttons(office: Office) -> None:
    """The command goes on in the one that is clicked, and the question disappears."""
    await office.production()
    await office.cert("env add orders/test Europe/Berlin")
    question = await office.cert(f"freeze {_days_ahead(office)}")
    assert buttons(question) == ["choice_0", "choice_1"]
    await office.click(question, "choice_1")
    assert "orders/test" in shown(await office.whispered(text="change freeze"))
    await office.workspace.wait_for(
        lambda: question["ts"] not in {one["ts"] for one in office.workspace.ephemerals(ALICE, ORDERS)}
    )


async def test_a_guest_is_not_asked_which_environment(office: Office) -> None:
    """Who may not plan a freeze is told so, and offered nothing."""
    await office.production()
    await office.cert("env add orders/test Europe/Berlin")
    answer = await office.cert(f"freeze {_days_ahead(office)}", member=DAVE)
    assert "Guests can look here" in shown(answer)
    assert buttons(answer) == []


async def test_more_than_five_environments_are_a_menu(office: Office) -> None:
    """A row of buttons would be a wall."""
    for number in range(6):
        await office.cert(f"env add orders/test{number} Europe/Berlin")
    question = await office.cert("env settings")
    assert buttons(question) == ["choice_one"]
    ack = await office.workspace.click(ALICE, question["ts"], "choice_one", "env settings orders/test4")
    assert ack.ok, ack.error
    assert "orders/test4" in shown(await office.modal("Environment settings"))


async def test_what_is_too_long_for_a_button_is_a_sentence(office: Office) -> None:
    """Slack takes 150 characters; the sentence says how to type it."""
    await office.production()
    await office.cert("env add orders/test Europe/Berlin")
    answer = await office.cert("restore " + "x" * 140)
    assert "Add one of them to the command" in shown(answer)
    assert buttons(answer) == []
