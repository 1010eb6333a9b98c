"""Accounts, channels and user groups that change: cached rights end, and owners are looked for."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.desk.environments import ownerless
from bot.slack.bolt.call import Context


def register_leaving(app: AsyncApp, context: Context) -> None:
    """Listen for people who are somebody else now, who leave a channel, or who join or leave a user group."""

    async def changed(event: dict[str, Any]) -> None:
        person = str(event["user"]["id"])
        context.people.forget(person)
        # Most of these events are about somebody's status or picture: nobody is asked, the event describes them.
        if not await context.people.describes_an_owner(event["user"]):
            await ownerless.somebody_changed(context.desk, person)

    async def left(event: dict[str, Any]) -> None:
        channel = str(event["channel"])
        context.people.channels.forget(channel)
        await ownerless.somebody_left(context.desk, str(event["user"]), channel)

    async def regrouped(event: dict[str, Any]) -> None:
        group = str(event.get("subteam_id") or (event.get("subteam") or {}).get("id") or "")
        context.people.forget(group)
        await ownerless.group_changed(context.desk, group)

    app.event("user_change")(context.tracker.track(changed))
    app.event("member_left_channel")(context.tracker.track(left))
    app.event("subteam_members_changed")(context.tracker.track(regrouped))
    app.event("subteam_updated")(context.tracker.track(regrouped))
