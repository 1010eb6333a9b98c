"""Days until expiry: every place in Slack counts those of the environment's calendar."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.slack import made
from tests.slack.office import ALICE, PRODUCTION, Json, Office, shown
from tests.today import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _days(surface: Any) -> set[int]:
    """Every "in N days" of a message or view; "within N days" is another matter."""
    return {int(number) for number in re.findall(r"(?<!with)in (\d+) days", shown(surface))}


async def _home(office: Office) -> Json:
    await office.workspace.open_home(ALICE)

    def published() -> Json | None:
        home = office.workspace.home(ALICE)
        return home if home is not None and "`soon`" in shown(home) else None

    found: Json = await office.workspace.wait_for(published)
    return found


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"])
async def test_every_place_says_the_same_number(office: Office, zone: str) -> None:
    """Finding, card, list, overview, details, home tab and warning agree about 20 days and 23 hours in any zone."""
    await office.cert(f"env add {PRODUCTION} {zone}")
    await office.unlocked(made.container("right", days=20 + 23 / 24))
    today = office.desk.clock().astimezone(ZoneInfo(zone)).date()
    expires = NOW + timedelta(days=20, hours=23)
    left = (expires.astimezone(ZoneInfo(zone)).date() - today).days
    assert (await office.fill({"label": "soon", "password": "right"})).action == "update"
    assert _days(office.workspace.views(ALICE)[-1]) == {left}
    await office.fill({})
    # It comes to Alice alone as well, and is none of the answers below.
    await office.whispered(text="/client/files/")
    for surface in (
        await office.posted("`soon` was added"),
        await office.cert("list"),
        await office.cert(),
        await office.cert("show soon"),
        await _home(office),
    ):
        assert _days(surface) == {left}, shown(surface)
    office.workspace.advance(timedelta(days=8))
    warning = await office.posted("The client certificate `soon`")
    assert _days(warning) == _days(await office.cert("list")) == {left - 8}
