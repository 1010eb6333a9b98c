"""Members of the workspace as Slack describes them, cached for two minutes."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.desk.base.desk import Member

_REMEMBERED_SECONDS = 120.0
_MOST = 5000


class People:
    """Look up members by id; a change of somebody's role counts here after two minutes at most."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._known: dict[str, tuple[float, Member]] = {}

    async def member(self, id_: str) -> Member:
        """Return the member; raises slack_sdk's errors."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(id_)
        if known is not None and known[0] > now:
            return known[1]
        user = (await self._client.users_info(user=id_)).get("user") or {}
        found = Member(
            id=id_,
            is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
            is_admin=bool(user.get("is_admin") or user.get("is_owner")),
            timezone=str(user.get("tz") or "UTC"),
        )
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[id_] = (now + _REMEMBERED_SECONDS, found)
        return found
