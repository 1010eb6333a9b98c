"""``views.*``: modals and the App Home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.core.refusals import SlackRefused
from bot.workspace.members import views
from bot.workspace.web_api.call import method, needed

if TYPE_CHECKING:
    from bot.workspace.workspace import Workspace

Json = dict[str, Any]


@method("views.open")
async def open_(workspace: Workspace, given: Json) -> Json:
    """Open a modal with a trigger."""
    member = workspace.permissions.use_trigger(needed(given, "trigger_id"))
    return {"view": views.open_view(workspace.state, member, needed(given, "view"))}


@method("views.push")
async def push(workspace: Workspace, given: Json) -> Json:
    """Push a modal onto the open ones with a trigger."""
    member = workspace.permissions.use_trigger(needed(given, "trigger_id"))
    return {"view": views.push_view(workspace.state, member, needed(given, "view"))}


@method("views.update")
async def update(workspace: Workspace, given: Json) -> Json:
    """Change an open modal, found by ``view_id`` or ``external_id``."""
    id_ = given.get("view_id") or views.by_external_id(workspace.state, given.get("external_id") or "-")
    if not id_:
        raise SlackRefused("not_found")
    return {"view": views.update_view(workspace.state, id_, needed(given, "view"), given.get("hash"))}


@method("views.publish")
async def publish(workspace: Workspace, given: Json) -> Json:
    """Publish a member's App Home."""
    member = needed(given, "user_id")
    if member not in workspace.state.members:
        raise SlackRefused("invalid_arguments", ["invalid user_id"])
    if not workspace.home_enabled:
        raise SlackRefused("not_enabled")
    return {"view": views.publish_home(workspace.state, member, needed(given, "view"), given.get("hash"))}
