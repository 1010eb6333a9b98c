"""People as Slack describes them: who is a member, an admin, a guest, or not of this workspace at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.desk.base.desk import Member
from bot.desk.base.errors import DeskError, Outside, UnknownGroup, UnknownMembers, UnknownPerson
from bot.slack.bolt.client import Client, slack_reason

_REMEMBERED_SECONDS = 60.0
_MOST = 5000
# Slack's codes for a person whom it does not describe to us (docs.slack.dev, users.info).
_NOT_TOLD = frozenset({"missing_scope", "user_not_found", "user_not_visible", "users_not_found"})
_SLACKBOT = "USLACKBOT"
# Slack's codes for a channel of which it does not say who is in it (docs.slack.dev, conversations.members).
_NO_MEMBERS = frozenset({"missing_scope", "channel_not_found", "not_in_channel", "fetch_members_failed"})
# Slack's codes for a user group of which it does not say who is in it (docs.slack.dev, usergroups.users.list).
_NO_GROUPS = frozenset({"missing_scope", "plan_upgrade_required"})
_NO_GROUP = _NO_GROUPS | {"no_such_subteam", "subteam_not_found"}
_PAGE = 1000
# Slack recommends 200 people a page, and admins of a company with more than 20,000 have other ways to be told.
_PEOPLE, _MOST_PAGES = 200, 100
_ANOTHER = "another company"


@dataclass(frozen=True, slots=True)
class Ours:
    """The ids of the workspace, of its Grid organisation (or an empty text), and of the bot that the token is of."""

    team: str
    enterprise: str
    bot: str


class Rosters:
    """Who is in which channel, or in which user group, as Slack said within the last minute.

    ``find`` asks Slack; it raises an error of the desk where Slack does not tell.
    """

    def __init__(self, find: Callable[[str], Awaitable[frozenset[str]]]) -> None:
        self._find = find
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def ask(self, id_: str, member: str) -> None:
        """Find out whether the member is in it. Raises what ``find`` raises.

        Only a yes is remembered: whoever has just joined is not refused for a minute.
        """
        known = self._known.get(id_)
        if known is None or known[0] <= _now() or member not in known[1]:
            await self._ask(id_)

    async def people(self, id_: str) -> frozenset[str]:
        """Return who is in it. Raises what ``find`` raises."""
        known = self._known.get(id_)
        return known[1] if known is not None and known[0] > _now() else await self._ask(id_)

    def has(self, id_: str, member: str) -> bool:
        """Return whether the member was in it when it was asked about."""
        known = self._known.get(id_)
        return known is not None and member in known[1]

    def forget(self, id_: str) -> None:
        """Ask Slack again the next time."""
        self._known.pop(id_, None)

    async def _ask(self, id_: str) -> frozenset[str]:
        try:
            found = await self._find(id_)
        except DeskError:  # nobody is in something of which Slack does not tell
            self._known.pop(id_, None)
            raise
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[id_] = (_now() + _REMEMBERED_SECONDS, found)
        return found


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class _ChannelsOf:
    """See :class:`bot.desk.base.desk.Channels`."""

    people: People
    member: str

    async def ask(self, channel: str) -> None:
        await self.people.channels.ask(channel, self.member)

    def has(self, channel: str) -> bool:
        return self.people.channels.has(channel, self.member)

    async def companies(self, channel: str) -> tuple[str, ...]:
        return await self.people.companies(channel)


@dataclass(frozen=True, slots=True)
class _GroupsOf:
    """See :class:`bot.desk.base.desk.Groups`."""

    groups: Rosters
    member: str

    async def ask(self, group: str) -> None:
        await self.groups.ask(group, self.member)

    def has(self, group: str) -> bool:
        return self.groups.has(group, self.member)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group of the workspace; ``handle`` is what people mention it by, without the ``@``."""

    id: str
    handle: str


class People:
    """Look up people by id; a change of somebody's role counts here after a minute at most."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.channels = Rosters(self._in_channel)
        self.groups = Rosters(self._in_group)
        self._known: dict[str, tuple[float, Member]] = {}
        self._ours: Ours | None = None

    async def member(self, id_: str) -> Member:
        """Return the person. Raises UnknownPerson, and slack_sdk's errors."""
        known = self._known.get(id_)
        if known is not None and known[0] > _now():
            return known[1]
        with _untold(_NOT_TOLD, UnknownPerson):
            answer = await self._client.users_info(user=id_)
        person = member_of(answer.get("user") or {}, await self.ours())
        found = replace(person, channels=_ChannelsOf(self, id_), groups=_GroupsOf(self.groups, id_))
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[id_] = (_now() + _REMEMBERED_SECONDS, found)
        return found

    async def describes_an_owner(self, user: Mapping[str, Any]) -> bool:
        """Return whether Slack's user object is of somebody who can own. Raises slack_sdk's errors."""
        try:
            return member_of(user, await self.ours()).can_own
        except UnknownPerson:
            return False

    def forget(self, id_: str) -> None:
        """Ask Slack again the next time about a person, or who is in a user group."""
        self._known.pop(id_, None)
        self.groups.forget(id_)

    async def group(self, id_: str) -> frozenset[str]:
        """Return the ids of who is in a user group. Raises UnknownGroup, and slack_sdk's errors."""
        return await self.groups.people(id_)

    async def all_groups(self) -> tuple[UserGroup, ...]:
        """Return the workspace's user groups by handle; none where Slack does not tell. Raises slack_sdk's errors."""
        try:
            answer = await self._client.usergroups_list(team_id=(await self.ours()).team)
        except SlackApiError as error:
            if slack_reason(error) in _NO_GROUPS:
                return ()
            raise
        found = (UserGroup(str(one["id"]), str(one["handle"])) for one in answer.get("usergroups") or ())
        return tuple(sorted(found, key=lambda one: one.handle))

    async def admins(self) -> tuple[str, ...]:
        """Return the ids of the workspace's admins, in order. Raises slack_sdk's errors."""
        found: set[str] = set()
        cursor, ours = "", await self.ours()
        for _ in range(_MOST_PAGES):
            page = await self._client.users_list(limit=_PEOPLE, cursor=cursor, team_id=ours.team)
            for user in page.get("members") or ():
                with suppress(UnknownPerson):
                    one = member_of(user, ours)
                    found |= {one.id} if one.is_admin and not one.outside else set()
            if not (cursor := _next_cursor(page)):
                break
        return tuple(sorted(found))

    async def companies(self, channel: str) -> tuple[str, ...]:
        """Return the names of other workspaces that share the channel (Slack Connect), or their ids.

        Raises UnknownMembers, and slack_sdk's errors.
        """
        with _untold(_NO_MEMBERS, UnknownMembers):
            found = (await self._client.conversations_info(channel=channel)).get("channel") or {}
        if not found.get("is_ext_shared"):
            return ()
        team = (await self.ours()).team
        others = [str(one) for one in found.get("shared_team_ids") or found.get("connected_team_ids") or ()]
        return tuple([await self._name(one) for one in others if one != team]) or (_ANOTHER,)

    async def ours(self) -> Ours:
        """Return what the token is of. Raises slack_sdk's errors."""
        if self._ours is None:
            answer = await self._client.auth_test()
            self._ours = Ours(*(str(answer.get(name) or "") for name in ("team_id", "enterprise_id", "bot_id")))
        return self._ours

    async def _name(self, team: str) -> str:
        try:
            return str((await self._client.team_info(team=team))["team"]["name"])
        except SlackApiError:  # the scope team:read is missing
            return team

    async def _in_channel(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            with _untold(_NO_MEMBERS, UnknownMembers):
                page = await self._client.conversations_members(channel=channel, limit=_PAGE, cursor=cursor)
            found.update(map(str, page["members"]))
            if not (cursor := _next_cursor(page)):
                return frozenset(found)

    async def _in_group(self, group: str) -> frozenset[str]:
        # A token of a whole organisation must say which workspace is meant; others ignore it.
        team = (await self.ours()).team
        with _untold(_NO_GROUP, partial(UnknownGroup, group)):
            answer = await self._client.usergroups_users_list(usergroup=group, team_id=team)
        return frozenset(map(str, answer.get("users") or ()))


def _next_cursor(page: Mapping[str, Any] | AsyncSlackResponse) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


@contextmanager
def _untold(codes: Collection[str], error: Callable[[str], DeskError]) -> Iterator[None]:
    """Raise ``error`` where Slack answers with one of ``codes``: it does not tell."""
    try:
        yield
    except SlackApiError as refused:
        if (reason := slack_reason(refused)) in codes:
            raise error(reason) from None
        raise


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
