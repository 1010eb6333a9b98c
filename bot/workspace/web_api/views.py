"""``views.*``: modals and the App Home."""

from __future__ import annotations

from typing import Any

from bot.workspace.core.core import Core
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.members import views
from bot.workspace.web_api.call import method, needed

Json = dict[str, Any]


@method("views.open")
async def open_(core: Core, given: Json) -> Json:
    """Open a modal with a trigger."""
    member = core.permissions.use_trigger(needed(given, "trigger_id"))
    return {"view": views.open_view(core.state, member, needed(given, "view"))}


@method("views.push")
async def push(core: Core, given: Json) -> Json:
    """Push a modal onto the open ones with a trigger."""
    member = core.permissions.use_trigger(needed(given, "trigger_id"))
    return {"view": views.push_view(core.state, member, needed(given, "view"))}


@method("views.update")
async def update(core: Core, given: Json) -> Json:
    """Change an open modal, found by ``view_id`` or ``external_id``."""
    id_ = given.get("view_id") or views.by_external_id(core.state, given.get("external_id") or "-")
    if not id_:
        raise SlackRefused("not_found")
    return {"view": views.update_view(core.state, id_, needed(given, "view"), given.get("hash"))}


@method("views.publish")
async def publish(core: Core, given: Json) -> Json:
    """Publish a member's App Home."""
    member = needed(given, "user_id")
    if member not in core.state.members:
        raise SlackRefused("invalid_arguments", ["invalid user_id"])
    if not core.home_enabled:
        raise SlackRefused("not_enabled")
    return {"view": views.publish_home(core.state, member, needed(given, "view"), given.get("hash"))}
