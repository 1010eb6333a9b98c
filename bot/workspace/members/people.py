"""Accounts: a role that is given or taken away, somebody who leaves the company."""

from __future__ import annotations

from bot.workspace.core.core import Core
from bot.workspace.core.people import TEAM, Person, UserGroup, user_object
from bot.workspace.members import payloads


def change(core: Core, person: Person) -> None:
    """Put ``person`` in the place of the account with its id, and tell the bot (``user_change``)."""
    core.state.members[person.id] = person
    core.state.changed()
    inner = {"type": "user_change", "user": user_object(person), "event_ts": core.state.new_ts()}
    core.delivery.event(payloads.event(core, inner))


def change_group(core: Core, group: UserGroup) -> None:
    """Put ``group`` in the place of the user group with its id, and tell the bot who came and who went.

    ``subteam_members_changed`` comes where the token has the scope for it (docs.slack.dev).
    """
    before = core.state.groups.get(group.id)
    core.state.groups[group.id] = group
    core.state.changed()
    if "usergroups:read" not in core.scopes:
        return
    known = before.members if before else frozenset[str]()
    inner = {
        "type": "subteam_members_changed",
        "subteam_id": group.id,
        "team_id": TEAM,
        "added_users": sorted(group.members - known),
        "removed_users": sorted(known - group.members),
        "event_ts": core.state.new_ts(),
    }
    core.delivery.event(payloads.event(core, inner))
