"""`/cert freeze`: reminders rest, the channel knows, and then one comes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from store import environments
from tests.slack.environments.planned import BERLIN, changed, move_to, next_at, planned, reminders, waiting
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _day(moment: datetime) -> str:
    return moment.astimezone(BERLIN).date().isoformat()


def _spoken(moment: datetime) -> str:
    day = moment.astimezone(BERLIN)
    return f"{day.day} {day:%B %Y}"


async def test_a_freeze_holds_reminders_back_and_then_one_comes(office: Office) -> None:
    """The channel hears who froze which days; what stands says until when; after the last day one reminder comes."""
    await office.production()
    await waiting(office)
    move_to(office, next_at(office, 4, "07:00"))
    first = next_at(office, 5, "12:00")
    last = first + timedelta(days=8)
    await planned(office)
    said = await office.cert(f"freeze {_day(first)} {_day(last)}", member=BOB)
    assert "`/cert freeze none orders/production` ends it" in said["text"]
    told = await office.posted("has a change freeze")
    assert f"by <@{BOB}>: no reminders to restart on these days" in shown(told)
    moment = await planned(office)
    move_to(office, moment + timedelta(seconds=1))
    resumes = (await planned(office)).astimezone(BERLIN)
    assert resumes.date() == last.astimezone(BERLIN).date() + timedelta(days=1)
    assert f"{resumes:%A %H:%M}" == "Monday 09:00"
    standing = (
        f"Reminders are paused until {resumes.day} {resumes:%B %Y} (change freeze), then they come Monday to Friday"
    )
    await office.posted(standing)
    move_to(office, resumes - timedelta(minutes=1))
    before = len(office.workspace.messages(ORDERS))
    await office.cert("list")
    assert len(office.workspace.messages(ORDERS)) == before
    move_to(office, resumes + timedelta(seconds=1))
    await planned(office)
    await office.workspace.wait_for(lambda: len(reminders(office)) == 1)
    assert "change freeze" not in shown(reminders(office))


async def test_what_is_changed_in_a_freeze_waits_for_its_end(office: Office) -> None:
    """No reminder comes with the change; ending the freeze brings it."""
    await office.production()
    today = office.workspace.clock.now()
    await office.cert(f"freeze {_day(today)} {_day(today + timedelta(days=3))}")
    await changed(office)
    assert await planned(office) > today + timedelta(days=3)
    assert reminders(office) == []
    assert "no change freeze any more" in (await office.cert("freeze none"))["text"]
    await office.posted("no change freeze any more: ")
    await office.posted("waits for a restart*")


async def test_what_was_put_off_into_a_freeze_says_when_it_comes(office: Office) -> None:
    """The message that stands names the moment after the freeze."""
    await office.production()
    reminder = await waiting(office)
    await planned(office)
    await office.click(reminder, "restart_later")
    await office.modal("Remind me")
    assert (await office.fill({"when": "hour"})).action == "clear"
    await office.posted("snoozed this")
    today = office.workspace.clock.now()
    await office.cert(f"freeze {_day(today)} {_day(today + timedelta(days=2))}")
    ends = (today.astimezone(BERLIN) + timedelta(days=2)).replace(hour=23, minute=59)
    hours = {f"{(ends + timedelta(days=days)).day:02} {ends + timedelta(days=days):%b %Y 09:00}" for days in (1, 2, 3)}

    def says() -> bool:
        return any(hour in shown(reminders(office)) for hour in hours)

    await office.workspace.wait_for(says)


async def test_freezes_that_touch_become_one_and_past_ones_drop_out(office: Office) -> None:
    """Shown by their days; what is over is not spoken of, and goes with the next change."""
    await office.production()
    assert "`/cert freeze 2026-12-20 2027-01-05 orders/production`" in (await office.cert("freeze"))["text"]
    today = office.workspace.clock.now()
    days = [today + timedelta(days=number) for number in range(30)]
    await office.cert(f"freeze {_day(days[1])} to {_day(days[2])}")
    await office.cert(f"freeze {_day(days[10])} {_day(days[12])}")
    await office.cert(f"freeze {_day(days[13])} {_day(days[14])} orders/production")
    shows = (await office.cert("freeze"))["text"]
    assert shows.count(" to ") == 2
    office.workspace.advance(timedelta(days=5))
    assert (await office.cert("freeze"))["text"].count(" to ") == 1
    await office.cert(f"freeze {_day(days[20])}")
    told = await office.posted("no reminders to restart on this day")
    listed = f"All change freezes: {_spoken(days[10])} to {_spoken(days[14])}, {_spoken(days[20])}."
    assert listed in shown(told)
    assert "ends all of them early" in shown(told)
    assert "in no change freeze" in (await office.cert(f"freeze none {_day(days[25])}"))["text"]
    await office.cert(f"freeze {_day(days[25])}")
    assert f"`/cert freeze none {_day(days[10])} orders/production` the one" in (await office.cert("freeze"))["text"]
    await office.cert(f"freeze none {_day(days[25])}", member=BOB)
    ended = shown(await office.posted("has one change freeze fewer"))
    assert f"<@{BOB}> ended it" in ended
    assert f"Still frozen: {_spoken(days[10])} to {_spoken(days[14])}, {_spoken(days[20])}." in ended
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
    kept = [tuple(day.isoformat() for day in span) for span in place.schedule.freezes]
    assert kept == [(_day(days[10]), _day(days[14])), (_day(days[20]), _day(days[20]))]


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("{tomorrow} {today}", "end before it begins"),
        ("{yesterday} {yesterday}", "over already"),
        ("{today} {next_year}", "a year at most"),
        ("3026-12-20 3026-12-21", "two years ahead"),
        ("2026-13-01 2026-13-02", "`2026-13-01` is not a day"),
        ("20.12.2026 {tomorrow}", "`20.12.2026` is not a day"),
        ("２０２６-12-20 {tomorrow}", "is not a day"),
        ("{today} {tomorrow} {tomorrow}", "Write it like this"),
        ("{today} {tomorrow} orders/nowhere", "There is no environment"),
    ],
)
async def test_days_that_cannot_be_frozen(office: Office, typed: str, part: str) -> None:
    """A sentence that says what to write, and nothing is told to the channel."""
    await office.production()
    now = office.workspace.clock.now()
    names = {"yesterday": -1, "today": 0, "tomorrow": 1, "next_year": 367}
    text = typed.format(**{name: _day(now + timedelta(days=days)) for name, days in names.items()})
    assert part in (await office.cert(f"freeze {text}"))["text"]
    assert office.workspace.messages(ORDERS) == []


async def test_twenty_freezes_are_enough(office: Office) -> None:
    """The twenty-first is refused."""
    await office.production()
    today = office.workspace.clock.now()
    for number in range(20):
        await office.cert(
            f"freeze {_day(today + timedelta(days=3 * number))} {_day(today + timedelta(days=3 * number))}"
        )
    late = _day(today + timedelta(days=100))
    assert "20 freezes already" in (await office.cert(f"freeze {late} {late}"))["text"]


async def test_a_guest_freezes_nothing(office: Office) -> None:
    """Looking is allowed, changing is not."""
    await office.production()
    today = _day(office.workspace.clock.now())
    assert "Guests can look" in (await office.cert(f"freeze {today} {today}", member=DAVE))["text"]
    assert "Guests can look" in (await office.cert("freeze none", member=DAVE))["text"]
    assert "no change freeze" in (await office.cert("freeze", member=DAVE))["text"]
    assert "no change freeze" in (await office.cert("freeze", member=ALICE))["text"]
