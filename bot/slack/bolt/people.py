"""People as Slack describes them: who is a member, an admin, a guest, or not of this workspace at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.desk.base.desk import Member
from bot.desk.base.errors import Outside, UnknownMembers, UnknownPerson
from bot.slack.bolt.client import Client, slack_reason

_REMEMBERED_SECONDS = 60.0
_MOST = 5000
# Slack's codes for a person whom it does not describe to us (docs.slack.dev, users.info).
_NOT_TOLD = frozenset({"missing_scope", "user_not_found", "user_not_visible", "users_not_found"})
_SLACKBOT = "USLACKBOT"
# Slack's codes for a channel of which it does not say who is in it (docs.slack.dev, conversations.members).
_NO_MEMBERS = frozenset({"missing_scope", "channel_not_found", "not_in_channel", "fetch_members_failed"})
_PAGE = 1000
_ANOTHER = "another company"


@dataclass(frozen=True, slots=True)
class Ours:
    """The ids of the workspace, of its Grid organisation (or an empty text), and of the bot that the token is of."""

    team: str
    enterprise: str
    bot: str


class Rosters:
    """Who is in which channel, as Slack said within the last minute."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def ask(self, channel: str, member: str) -> None:
        """Find out whether the member is in the channel. Raises UnknownMembers, and slack_sdk's errors.

        Only a yes is remembered: whoever has just joined is not refused for a minute.
        """
        now = asyncio.get_running_loop().time()
        known = self._known.get(channel)
        if known is not None and known[0] > now and member in known[1]:
            return
        try:
            found = await self._members(channel)
        except SlackApiError as error:
            # Nobody is in a channel of which Slack does not tell.
            self._known.pop(channel, None)
            if (reason := slack_reason(error)) in _NO_MEMBERS:
                raise UnknownMembers(reason) from None
            raise
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[channel] = (now + _REMEMBERED_SECONDS, found)

    def has(self, channel: str, member: str) -> bool:
        """Return whether the member was in the channel when it was asked about."""
        known = self._known.get(channel)
        return known is not None and member in known[1]

    async def companies(self, channel: str, team: str) -> tuple[str, ...]:
        """Return the names of other workspaces than ``team`` that share the channel (Slack Connect), or their ids.

        Raises UnknownMembers, and slack_sdk's errors.
        """
        try:
            found = (await self._client.conversations_info(channel=channel)).get("channel") or {}
        except SlackApiError as error:
            if (reason := slack_reason(error)) in _NO_MEMBERS:
                raise UnknownMembers(reason) from None
            raise
        if not found.get("is_ext_shared"):
            return ()
        others = [str(one) for one in found.get("shared_team_ids") or found.get("connected_team_ids") or ()]
        return tuple([await self._name(one) for one in others if one != team]) or (_ANOTHER,)

    async def _name(self, team: str) -> str:
        try:
            return str((await self._client.team_info(team=team))["team"]["name"])
        except SlackApiError:  # the scope team:read is missing
            return team

    async def _members(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = await self._client.conversations_members(channel=channel, limit=_PAGE, cursor=cursor)
            found.update(map(str, page["members"]))
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return frozenset(found)


@dataclass(frozen=True, slots=True)
class _ChannelsOf:
    """See :class:`bot.desk.base.desk.Channels`."""

    rosters: Rosters
    member: str
    team: str

    async def ask(self, channel: str) -> None:
        await self.rosters.ask(channel, self.member)

    def has(self, channel: str) -> bool:
        return self.rosters.has(channel, self.member)

    async def companies(self, channel: str) -> tuple[str, ...]:
        return await self.rosters.companies(channel, self.team)


class People:
    """Look up people by id; a change of somebody's role counts here after a minute at most."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rosters = Rosters(client)
        self._known: dict[str, tuple[float, Member]] = {}
        self._ours: Ours | None = None

    async def member(self, id_: str) -> Member:
        """Return the person. Raises UnknownPerson, and slack_sdk's errors."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(id_)
        if known is not None and known[0] > now:
            return known[1]
        try:
            answer = await self._client.users_info(user=id_)
        except SlackApiError as error:
            if (reason := slack_reason(error)) in _NOT_TOLD:
                raise UnknownPerson(reason) from None
            raise
        ours = await self.ours()
        channels = _ChannelsOf(self._rosters, id_, ours.team)
        found = replace(member_of(answer.get("user") or {}, ours), channels=channels)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[id_] = (now + _REMEMBERED_SECONDS, found)
        return found

    def forget(self, id_: str) -> None:
        """Ask Slack again the next time."""
        self._known.pop(id_, None)

    async def companies(self, channel: str) -> tuple[str, ...]:
        """Return the names of other companies that share the channel. Raises UnknownMembers, slack_sdk's errors."""
        return await self._rosters.companies(channel, (await self.ours()).team)

    async def ours(self) -> Ours:
        """Return what the token is of. Raises slack_sdk's errors."""
        if self._ours is None:
            answer = await self._client.auth_test()
            self._ours = Ours(*(str(answer.get(name) or "") for name in ("team_id", "enterprise_id", "bot_id")))
        return self._ours


def member_of(user: Mapping[str, Any], ours: Ours) -> Member:
    """Return the person that Slack's user object is about, seen from our workspace.

    Raises UnknownPerson for an object that does not say where the person belongs. Somebody of another workspace of the
    organisation is ours, but its admin rights count there alone (docs.slack.dev, user object).
    """
    home, grid = str(user.get("team_id") or ""), user.get("enterprise_user") or {}
    is_here = bool(home) and home == ours.team
    is_of_organisation = bool(ours.enterprise) and grid.get("enterprise_id") == ours.enterprise
    if not home and not is_of_organisation:
        raise UnknownPerson("no_team")
    rights = (grid if is_of_organisation else {}, user if is_here else {})
    return Member(
        id=str(user.get("id") or ""),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_admin=any(bool(one.get("is_admin") or one.get("is_owner")) for one in rights),
        timezone=str(user.get("tz") or "UTC"),
        outside=_outside(user, is_ours=is_here or is_of_organisation),
    )


def _outside(user: Mapping[str, Any], *, is_ours: bool) -> Outside | None:
    if user.get("is_stranger") or not is_ours:
        return Outside.EXTERNAL
    if user.get("is_bot") or user.get("id") == _SLACKBOT:
        return Outside.APP
    return Outside.DEACTIVATED if user.get("deleted") else None
