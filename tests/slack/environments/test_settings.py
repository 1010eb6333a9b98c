"""`/cert env settings`: what people set in the form, and what the channel sees of it when the clock moves."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from store import audit, environments
from tests.slack import made
from tests.slack.environments.planned import BERLIN, changed, move_to, next_at, planned, reminders, waiting
from tests.slack.office import ALICE, BOB, DAVE, GENERAL, ORDERS, PRODUCTION, Json, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAROL = "U0CAROL"


async def _form(office: Office, *, member: str = ALICE) -> Json:
    result = await office.workspace.command(member, ORDERS, "/cert env settings")
    assert result.ok
    return await office.modal("Environment settings", member=member)


async def _set(office: Office, member: str = ALICE, **values: object) -> str:
    """Fill in the form and save it; what is answered."""
    await _form(office, member=member)
    before = len(office.workspace.ephemerals(member, ORDERS))
    result = await office.fill(dict(values), member=member)
    assert result.action == "clear", result
    return str((await office.whispered(member, after=before))["text"])


async def _tags(office: Office) -> list[str]:
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        return [one.tag.removeprefix("desk:environment:") for one in await audit.events(tx, environment_id=place.id)]


async def test_the_form_shows_what_holds_and_says_what_was_set(office: Office) -> None:
    """A form filled in with what is set; one answer in sentences; an event of the trail for what was changed only."""
    await office.production()
    form = shown(await _form(office))
    for part in ("Europe/Berlin", '"initial_time": "09:00"', '"initial_users": ["U0ALICE"]', "90, 60, 30, 14"):
        assert part in form, part
    await office.workspace.close_view(ALICE, office.workspace.views(ALICE)[-1]["id"])
    said = await _set(office, morning="08:30", quiet_from="22:00", quiet_until="07:00", thresholds="30 7;0,7")
    assert "with each change and then Monday to Friday at 08:30 (Europe/Berlin)" in said
    assert "Between 22:00 and 07:00 I keep quiet." in said
    assert f"After 3 reminders without an answer I mention <@{ALICE}>." in said
    assert "An expiry is announced 30 and 7 days before and on the day itself." in said
    assert sorted(await _tags(office)) == ["added", "schedule"]
    said = await _set(office, timezone="asia/kolkata", owners=[BOB, CAROL], patience="1", at_once="no")
    assert "Reminders come Monday to Friday at 08:30 (Asia/Kolkata)" in said
    assert f"After the first reminder without an answer I mention <@{BOB}> and <@{CAROL}>." in said
    assert sorted(await _tags(office)) == ["added", "owners", "schedule", "schedule", "timezone"]
    assert "Nothing was changed." in await _set(office)
    assert len(await _tags(office)) == 5


async def test_quiet_hours_can_be_taken_back(office: Office) -> None:
    """By emptying both times, or by ticking that there shall be none; no owners is who added the environment."""
    await office.production()
    await _set(office, quiet_from="22:00", quiet_until="07:00", owners=[BOB])
    assert "keep quiet" not in await _set(office, no_quiet=["no_quiet"])
    await _set(office, quiet_from="22:00", quiet_until="07:00")
    assert "keep quiet" not in await _set(office, quiet_from="", quiet_until="")
    assert f"I mention <@{ALICE}>." in await _set(office, owners=[])


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"quiet_from": "22:00"}, {"quiet_until": "begin and end"}),
        ({"quiet_until": "07:00"}, {"quiet_from": "begin and end"}),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, {"quiet_until": "never end"}),
        ({"quiet_from": "22:00", "quiet_until": "09:01"}, {"morning": "22:00 to 09:01"}),
        ({"quiet_from": "09:00", "quiet_until": "12:00"}, {"morning": "quiet hours"}),
        (
            {"timezone": "Europe/Berlinn", "thresholds": "30, soon", "quiet_from": "22:00", "quiet_until": "10:00"},
            {"timezone": "“Europe/Berlin”", "thresholds": "“soon”", "morning": "22:00 to 10:00"},
        ),
        ({"thresholds": " ".join(map(str, range(21)))}, {"thresholds": "21 numbers"}),
        ({"thresholds": "3651"}, {"thresholds": "“3651”"}),
        ({"thresholds": "-1"}, {"thresholds": "“-1”"}),
    ],
)
async def test_everything_that_is_wrong_is_said_at_once(office: Office, values: Json, wrong: dict[str, str]) -> None:
    """A sentence under each field that it is about, and nothing is changed."""
    await office.production()
    await _form(office)
    result = await office.fill(values)
    assert set(result.errors) == set(wrong)
    for field, part in wrong.items():
        assert part in result.errors[field]
    assert await _tags(office) == ["added"]


async def test_a_guest_is_no_owner(office: Office) -> None:
    """Owners are called for what guests may not do; the other fields wait in the form."""
    await office.production()
    await _form(office)
    result = await office.fill({"owners": [BOB, DAVE], "morning": "08:30"})
    assert list(result.errors) == ["owners"]
    assert "guests may not" in result.errors["owners"]
    assert (await office.fill({"owners": [BOB]})).action == "clear"
    assert "at 08:30" in (await office.whispered(text="from now on"))["text"]


async def test_two_people_do_not_undo_each_other(office: Office) -> None:
    """Both have the form open: what the second left as it was shown is not put back."""
    await office.production()
    await _set(office, owners=[ALICE, BOB])
    await _form(office, member=BOB)
    await _set(office, quiet_from="22:00", quiet_until="08:45")
    early = await office.fill({"morning": "08:30"}, member=BOB)
    assert "22:00 to 08:45" in early.errors["morning"]
    before = len(office.workspace.ephemerals(BOB, ORDERS))
    assert (await office.fill({"morning": "10:00"}, member=BOB)).action == "clear"
    said = (await office.whispered(BOB, after=before))["text"]
    assert "at 10:00" in said
    assert "Between 22:00 and 08:45" in said
    assert f"<@{ALICE}> and <@{BOB}>" in said


async def test_a_guest_cannot(office: Office) -> None:
    """Neither by command nor by the button, nor is there anything to set where no environment is."""
    await office.production()
    assert "Guests can look" in (await office.cert("env settings", member=DAVE))["text"]
    listed = await office.cert("env list", member=DAVE)
    ack = await office.workspace.click(DAVE, listed["ts"], "environment_settings")
    assert ack.ok
    await office.whispered(DAVE, text="Guests can look", after=2)
    assert "No environment belongs" in shown(await office.cert("env settings", channel=GENERAL))


async def test_who_owns_nothing_changes_no_setting(office: Office) -> None:
    """Neither by the form, nor by a form that was opened as an owner; the sentence names whom to ask."""
    await office.production()
    await _set(office, owners=[ALICE, BOB])
    await _form(office, member=BOB)
    await _set(office, owners=[ALICE])
    assert (await office.fill({"morning": "10:00"}, member=BOB)).action == "update"
    assert "Only an owner of" in shown(office.workspace.views(BOB))
    refused = await office.cert(f"env timezone {PRODUCTION} Asia/Tokyo", member=BOB)
    assert f"Only an owner of `orders/production` (<@{ALICE}>)" in refused["text"]
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
    assert (place.timezone, place.schedule.morning.hour) == ("Europe/Berlin", 9)


async def test_the_list_has_a_button_for_each(office: Office) -> None:
    """`/cert env list` says when each hears of things, and leads to its form."""
    await office.production()
    listed = await office.cert("env list")
    assert "Monday to Friday at 09:00 (Europe/Berlin)" in shown(listed)
    await office.workspace.click(ALICE, listed["ts"], "environment_settings")
    assert "*orders/production*" in shown(await office.modal("Environment settings"))


async def test_a_working_week_that_starts_on_sunday(office: Office) -> None:
    """Reminders come from Sunday to Thursday at the time that was set, and the one that stands says so."""
    await office.production()
    await _set(office, days=["0", "1", "2", "3", "6"], morning="07:15")
    await waiting(office)
    move_to(office, next_at(office, 3, "07:14"))
    before = await planned(office)
    move_to(office, before)
    moment = (await planned(office)).astimezone(BERLIN)
    assert (moment.weekday(), f"{moment:%H:%M}") == (6, "07:15")
    move_to(office, moment + timedelta(seconds=1))
    await planned(office)
    await office.workspace.wait_for(lambda: len(reminders(office)) == 1)
    (standing,) = reminders(office)
    assert "Reminders come Sunday to Thursday at 07:15 (Europe/Berlin) until someone marks it as restarted" in shown(
        standing
    )


async def test_quiet_hours_hold_a_reminder_back(office: Office) -> None:
    """What is changed at night is spoken of when the quiet hours end, and not before."""
    await office.production()
    await _set(office, quiet_from="20:00", quiet_until="07:30")
    move_to(office, next_at(office, 1, "23:00"))
    await changed(office)
    moment = (await planned(office)).astimezone(BERLIN)
    assert f"{moment:%H:%M}" == "07:30"
    move_to(office, moment - timedelta(minutes=5))
    await office.cert("list")
    assert reminders(office) == []
    move_to(office, moment + timedelta(seconds=1))
    await office.posted("waits for a restart*")


async def test_what_is_planned_moves_and_what_stands_says_so(office: Office) -> None:
    """A new time counts for the reminder that is planned already, and the message that stands is brought up to date."""
    await office.production()
    await waiting(office)
    await planned(office)
    await _set(office, morning="16:45", days=["2"])
    await office.posted("Reminders come Wednesday at 16:45")
    moment = (await planned(office)).astimezone(BERLIN)
    assert (moment.weekday(), f"{moment:%H:%M}") == (2, "16:45")


async def test_the_owners_that_were_chosen_are_called(office: Office) -> None:
    """After as many reminders as were set, and when an end is near."""
    await office.production()
    await _set(office, owners=[BOB, CAROL], patience="1")
    await waiting(office)
    assert "No restart was confirmed" not in shown(reminders(office))
    move_to(office, await planned(office) + timedelta(seconds=1))
    await planned(office)
    assert f"<@{BOB}> <@{CAROL}>: *No restart was confirmed since" in shown(reminders(office))
    await office.unlocked(made.container("right", days=20))
    await office.fill({"label": "soon", "password": "right"})
    assert (await office.fill({})).action == "clear"
    await office.posted("`soon` was added")
    office.workspace.advance(timedelta(days=8))
    warning = await office.posted("The client certificate `soon`")
    assert f"<@{BOB}> <@{CAROL}>: Order a new one" in shown(warning)


async def test_an_end_is_announced_at_the_thresholds_that_were_set(office: Office) -> None:
    """Five days before, where five is what was chosen, and not seven."""
    await office.production()
    await _set(office, thresholds="5")
    await office.unlocked(made.container("right", days=12))
    # The first of the thresholds that were set is five days, so twelve are not worth a warning.
    assert (await office.fill({"label": "soon", "password": "right"})).action == "clear"
    await office.posted("`soon` was added")
    office.workspace.advance(timedelta(days=6))
    await office.cert("list")
    assert not [one for one in office.workspace.messages(ORDERS) if "expiry_seen" in shown(one)]
    office.workspace.advance(timedelta(days=2))
    await office.posted("The client certificate `soon`")


async def test_what_takes_long_is_answered_all_the_same(hurried: Office) -> None:
    """Slack waits no longer than it does: the window says so, and what came of it is said there and in the channel."""
    await hurried.production()
    for values, said in (({"morning": "08:30"}, "at 08:30"), ({"thresholds": "soon"}, "is not a number of days")):
        await _form(hurried)
        async with hurried.desk.store.transaction() as tx:
            (place,) = await environments.bound_to(tx, ORDERS)
            await environments.set_owners(tx, place.id, owners=[BOB], by=BOB, at=hurried.desk.clock())
            result = await hurried.fill(values)
            assert result.action == "update"
            assert "This takes a moment" in shown(hurried.workspace.views(ALICE)[-1])
        await hurried.workspace.wait_for(partial(_says, hurried, said))
    assert "at 08:30" in shown(await hurried.whispered(text="from now on"))
    form = hurried.workspace.state.top_view(ALICE)
    assert form is not None
    assert form.typed["thresholds"]["value"] == "soon"
    assert (await hurried.fill({"thresholds": "9"})).action == "clear"
    assert "9 days before" in shown(await hurried.whispered(text="9 days before"))


async def test_a_refusal_that_comes_late_finds_who_closed_the_window(hurried: Office) -> None:
    """Nothing was set, and nobody is left to believe that it was."""
    await hurried.production()
    view = await _form(hurried)
    async with hurried.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        await environments.set_owners(tx, place.id, owners=[BOB], by=BOB, at=hurried.desk.clock())
        assert (await hurried.fill({"thresholds": "soon"})).action == "update"
        await hurried.workspace.close_view(ALICE, view["id"])
    direct = next(one.id for one in hurried.workspace.channels.values() if one.im_with == ALICE)
    await hurried.posted("`soon` is not a number of days", channel=direct)


def _says(office: Office, text: str) -> bool:
    return text in shown(office.workspace.views(ALICE)[-1])
