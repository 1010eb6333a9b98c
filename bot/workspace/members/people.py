"""Accounts: a role that is given or taken away, somebody who leaves the company."""

from __future__ import annotations

from bot.workspace.core.core import Core
from bot.workspace.core.people import Person, user_object
from bot.workspace.members import payloads


def change(core: Core, person: Person) -> None:
    """Put ``person`` in the place of the account with its id, and tell the bot (``user_change``)."""
    core.state.members[person.id] = person
    core.state.changed()
    inner = {"type": "user_change", "user": user_object(person), "event_ts": core.state.new_ts()}
    core.delivery.event(payloads.event(core, inner))
