"""From a dropped file to a card, seen from the channel."""

from __future__ import annotations

from tests.slack import made
from tests.slack.office import PRODUCTION, Office, buttons, shown


async def test_a_dropped_container_becomes_a_card_and_a_reminder(office: Office) -> None:
    """Unlock, a wrong password under the field, the right one, then card and reminder for everybody."""
    await office.production()
    await office.unlocked(made.container("right"))

    wrong = await office.fill({"password": "wrong", "pins": "partner.example"})
    assert list(wrong.errors) == ["password"]
    assert "assword" in wrong.errors["password"]

    done = await office.fill({"password": "right"})
    assert done.action == "clear"
    card = shown(await office.posted("SHA-256 fingerprint"))
    assert all(part in card for part in ("partner", PRODUCTION, "CN=shop.example", "Partner Root", "partner.example"))
    reminder = await office.posted("waits for a restart")
    assert buttons(reminder) == ["restart_done", "restart_later"]
    await office.whispered(text="still lies in this channel")
