"""Who can own an environment: members of the company, by themselves or in user groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.desk.base.desk import People
from bot.desk.base.errors import Flaw, UnknownGroup, UnknownPerson
from store.environments import is_group

# Two must be there for one to approve what the other asks for.
FEWEST_OWNERS = 2
# Slack is asked about one person at a time, and a group may be the whole company.
_MOST_ASKED = 30
# Slack's codes for a user group that is not there, or not any more (docs.slack.dev, usergroups.users.list).
GONE = frozenset({"no_such_subteam", "subteam_not_found"})


@dataclass(frozen=True, slots=True)
class Candidates:
    """Owners whom Slack was asked about: why one cannot be an owner, and the people that an owner stands for."""

    unfit: Mapping[str, Flaw] = field(default_factory=dict)
    able: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def number_of(self, owners: Iterable[str]) -> int:
        """Return how many people the owners are, each once; a group that was not asked about counts for two."""
        return len(frozenset().union(*(self.able.get(one, _as_people(one)) for one in owners)))


def _as_people(owner: str) -> frozenset[str]:
    return frozenset({owner, f"another of {owner}"} if is_group(owner) else {owner})


async def candidates(people: People, owners: Iterable[str]) -> Candidates:
    """Ask Slack about the owners that an environment is to have. Raises slack_sdk's errors."""
    unfit: dict[str, Flaw] = {}
    able: dict[str, frozenset[str]] = {}
    for owner in owners:
        flaw, able[owner] = await (_group(people, owner) if is_group(owner) else _person(people, owner))
        if flaw:
            unfit[owner] = flaw
    return Candidates(unfit, able)


_Found = tuple[Flaw | None, frozenset[str]]


async def _person(people: People, id_: str) -> _Found:
    """Return why somebody cannot be an owner, who is called for what guests may not do."""
    try:
        member = await people.member(id_)
    except UnknownPerson:
        return Flaw.OUTSIDE_OWNER, frozenset()
    flaw = Flaw.OUTSIDE_OWNER if member.outside else Flaw.GUEST_OWNER if member.is_guest else None
    return flaw, frozenset() if flaw else frozenset({id_})


async def _group(people: People, group: str) -> _Found:
    """Return two of a group who can be owners; fewer where there are not as many, and why where there is nobody."""
    try:
        several = await people.group(group)
    except UnknownGroup as error:
        return Flaw.GROUP_GONE if error.reason in GONE else Flaw.UNKNOWN_GROUP, frozenset()
    found: frozenset[str] = frozenset()
    for id_ in sorted(several)[:_MOST_ASKED]:
        found |= (await _person(people, id_))[1]
        if len(found) == FEWEST_OWNERS:
            break
    return None if found else Flaw.EMPTY_GROUP, found
