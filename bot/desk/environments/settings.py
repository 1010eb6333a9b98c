"""An environment's settings: its zone and calendar, who is called, and how far ahead ends are announced.

Each is a text or several, as a form shows it and as a person gives it back. Only what the person changed is asked for,
so that two who have the form open at the same time do not undo each other's changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import TypeVar

from bot.desk.base import calendar, parsing
from bot.desk.base.access import by_id, may_own, owning
from bot.desk.base.deeds import Acting, Deed, Do, Look
from bot.desk.base.desk import Desk, Member, People
from bot.desk.base.errors import BadSetting, BadSettings, DeskError, Flaw
from bot.desk.base.lookup import meant
from bot.desk.environments import replanning
from bot.desk.environments.owners import FEWEST_OWNERS, Candidates, candidates
from bot.desk.outbox import notices
from bot.desk.requests.asking import perform
from bot.desk.restarts.reminders import replan_reminder
from store import Environment, ReadTransaction, Schedule, environments
from store.environments import is_group

MOST_OWNERS, MOST_PATIENCE = 10, 20
YES, NO = "yes", "no"
MEMBERS, OWNERS_ONLY = "members", "owners"
_T = TypeVar("_T")


class Setting(StrEnum):
    """What can be set; the values are the names of the form's fields."""

    TIMEZONE = "timezone"
    MORNING = "morning"
    DAYS = "days"
    AT_ONCE = "at_once"
    PATIENCE = "patience"
    OWNERS = "owners"
    OWNER_GROUPS = "owner_groups"
    CHANGED_BY = "changed_by"
    PROTECTED = "protected"
    QUIET_FROM = "quiet_from"
    QUIET_UNTIL = "quiet_until"
    THRESHOLDS = "thresholds"


Texts = tuple[str, ...]
Asked = Mapping[Setting, Texts]


@dataclass(frozen=True, slots=True)
class Changed:
    """An environment as it is now; ``anything`` is false where it was like that before."""

    environment: Environment
    anything: bool


def as_texts(place: Environment) -> dict[Setting, Texts]:
    """Return everything that is set, as texts; an empty tuple for what is not."""
    schedule = place.schedule
    quiet = [_clock(one) for one in schedule.quiet] if schedule.quiet else []
    thresholds = ", ".join(str(days) for days in schedule.thresholds or ())
    return {
        Setting.TIMEZONE: (place.timezone,),
        Setting.MORNING: (_clock(schedule.morning),),
        Setting.DAYS: tuple(str(day) for day in schedule.working_days),
        Setting.AT_ONCE: (YES if schedule.at_once else NO,),
        Setting.PATIENCE: (str(schedule.patience),),
        Setting.OWNERS: tuple(one for one in place.owners if not is_group(one)),
        Setting.OWNER_GROUPS: place.groups,
        Setting.CHANGED_BY: (OWNERS_ONLY if place.owners_only else MEMBERS,),
        Setting.PROTECTED: (YES if place.protected else NO,),
        Setting.QUIET_FROM: tuple(quiet[:1]),
        Setting.QUIET_UNTIL: tuple(quiet[1:]),
        Setting.THRESHOLDS: (thresholds,) if thresholds else (),
    }


async def of(desk: Desk, member: Member, channel: str, path: str | None) -> Environment:
    """Return the environment whose settings somebody wants to change. Raises as ``may_own`` and ``lookup.the_one``."""
    return await may_own(desk, member, meant(channel, path))


async def of_id(desk: Desk, member: Member, environment_id: str) -> Environment:
    """Return the same, by its id. Raises as :func:`may_own`."""
    return await may_own(desk, member, by_id(environment_id))


async def change(desk: Desk, member: Member, environment_id: str, asked: Asked, *, people: People) -> Changed:
    """Change what is asked, in one transaction, and move what is planned to where it belongs then.

    Who may change a protected environment, and that it is protected, is changed by two people: all that is asked waits
    then. ``people`` says who the owners are. Raises BadSettings, as :func:`owning` and `perform`.
    """
    known = await _known(await of_id(desk, member, environment_id), asked, people)
    async with owning(desk, member, by_id(environment_id)) as (tx, place):
        wanted = parsed(place, {**as_texts(place), **asked}, known)
        do = {setting.value: list(texts) for setting, texts in asked.items()}
        acting = Acting(desk, tx, place, member.id, desk.clock(), do)
        by_two = _decided_by_two(wanted) != _decided_by_two(place)
        changed = await (perform(acting, SETTINGS, label=place.path) if by_two else _change(acting))
    desk.nudge.set()
    return Changed(changed, changed != place)


async def _known(place: Environment, asked: Asked, people: People) -> Candidates:
    """Ask Slack about the owners, where these change or where it matters how many they are.

    One who was an owner before, and cannot be one any more, hinders no other change.
    """
    if not asked.keys() & {Setting.OWNERS, Setting.OWNER_GROUPS, Setting.PROTECTED}:
        return Candidates()
    texts = {**as_texts(place), **asked}
    several = [one for setting in (Setting.OWNERS, Setting.OWNER_GROUPS) for one in texts[setting][:MOST_OWNERS]]
    found = await candidates(people, several)
    new = {one for setting in (Setting.OWNERS, Setting.OWNER_GROUPS) for one in asked.get(setting, ())}
    return replace(found, unfit={one: flaw for one, flaw in found.unfit.items() if one in new})


def _decided_by_two(place: Environment) -> tuple[object, ...]:
    return sorted(place.owners), place.owners_only, place.protected


async def _change(acting: Acting) -> Environment:
    """Change what is asked of how things are now. Raises BadSettings."""
    place = acting.place
    asked = {Setting(name): tuple(texts) for name, texts in acting.do.items()}
    wanted = parsed(place, {**as_texts(place), **asked})
    changed = await _store(acting, wanted)
    if _moves_ends(place) != _moves_ends(changed):
        await replanning.replan(acting.tx, acting.desk.policy, changed, acting.now)
    elif changed != place:
        await replan_reminder(acting.tx, changed, acting.now)
    if changed != place:
        await _announce(acting, changed)
    return changed


async def _store(acting: Acting, wanted: Environment) -> Environment:
    tx, place, by, now = acting.tx, acting.place, acting.by, acting.now
    changed = place
    if wanted.timezone != place.timezone:
        changed = await environments.set_timezone(tx, place.id, timezone=wanted.timezone, by=by, at=now)
    if wanted.schedule != place.schedule:
        changed = await environments.set_schedule(tx, place.id, schedule=wanted.schedule, by=by, at=now)
    if wanted.owners != place.owners:
        changed = await environments.set_owners(tx, place.id, owners=wanted.owners, by=by, at=now)
    if (wanted.owners_only, wanted.protected) != (place.owners_only, place.protected):
        changed = await environments.set_access(
            tx, place.id, owners_only=wanted.owners_only, protected=wanted.protected, by=by, at=now
        )
    return changed


async def _announce(acting: Acting, changed: Environment) -> None:
    """Tell the channel which settings are others now."""
    before, after = as_texts(acting.place), as_texts(changed)
    names = sorted(setting.value for setting in Setting if not same(before[setting], after[setting]))
    detail = {"settings": " ".join(names), "owners": " ".join(changed.owners)}
    detail |= {"protected": after[Setting.PROTECTED][0], "changed_by": after[Setting.CHANGED_BY][0]}
    await notices.schedule(
        acting.tx, changed, "settings", by=acting.by, at=acting.now, approved_by=acting.approved_by, detail=detail
    )


async def _look(tx: ReadTransaction, place: Environment, do: Do) -> Look:
    """Return what is asked to change, as it is."""
    now = await environments.get(tx, place.id) or place
    return {name: texts for name, texts in as_texts(now).items() if name.value in do}


SETTINGS = Deed("settings", _look, _change, owners=True)


def _moves_ends(place: Environment) -> tuple[object, ...]:
    return place.timezone, place.schedule.morning, place.schedule.thresholds


def parsed(place: Environment, asked: Asked, candidates: Candidates | None = None) -> Environment:
    """``place`` with everything as it is asked; raises :class:`BadSettings` with all that is wrong, at once.

    ``candidates`` are those whom Slack was asked about; nobody is, where that was done before.
    """
    known = candidates or Candidates()
    reading = _Reading(asked)
    nobody: Texts = ()
    quiet = reading.take(_quiet, None)
    schedule = Schedule(
        morning=reading.take(lambda given: _morning(given, quiet), time()),
        working_days=reading.take(_days, ()),
        at_once=asked[Setting.AT_ONCE] == (YES,),
        patience=reading.take(_patience, 0),
        quiet=quiet,
        freezes=place.schedule.freezes,
        thresholds=reading.take(lambda given: parsing.thresholds(" ".join(given[Setting.THRESHOLDS])), None),
    )
    zone = reading.take(lambda given: parsing.timezone(_one(given, Setting.TIMEZONE)), "")
    people = reading.take(lambda given: _owners(given, Setting.OWNERS, known), nobody)
    groups = reading.take(lambda given: _owners(given, Setting.OWNER_GROUPS, known), nobody)
    # Where nobody is named, it is who added the environment: a call must reach somebody.
    owners = (*people, *groups) or (place.created_by,)
    protected = reading.take(lambda given: _protected(given, known.number_of(owners)), False)
    if reading.wrong:
        raise BadSettings(tuple(reading.wrong))
    owners_only = asked[Setting.CHANGED_BY] == (OWNERS_ONLY,)
    return replace(place, timezone=zone, owners=owners, schedule=schedule, owners_only=owners_only, protected=protected)


class _Reading:
    """Reads one thing after another, and remembers what was wrong with each."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.wrong: list[DeskError] = []

    def take(self, read: Callable[[Asked], _T], instead: _T) -> _T:
        try:
            return read(self._asked)
        except DeskError as error:
            self.wrong.append(error)
            return instead


def _one(asked: Asked, setting: Setting) -> str:
    return next(iter(asked[setting]), "")


def _quiet(asked: Asked) -> tuple[time, time] | None:
    begins, ends = _one(asked, Setting.QUIET_FROM), _one(asked, Setting.QUIET_UNTIL)
    if not begins and not ends:
        return None
    if not begins or not ends:
        raise BadSetting(Setting.QUIET_UNTIL if begins else Setting.QUIET_FROM, Flaw.HALF_QUIET, begins or ends)
    if begins == ends:
        raise BadSetting(Setting.QUIET_UNTIL, Flaw.ENDLESS_QUIET, begins)
    return parsing.clock(begins, Setting.QUIET_FROM), parsing.clock(ends, Setting.QUIET_UNTIL)


def _morning(asked: Asked, quiet: tuple[time, time] | None) -> time:
    """Read the time of reminders; a calendar whose mornings are quiet would have none."""
    morning = parsing.clock(_one(asked, Setting.MORNING), Setting.MORNING)
    if quiet is not None and calendar.within(morning, *quiet):
        raise BadSetting(Setting.MORNING, Flaw.QUIET_MORNING, f"{_clock(quiet[0])} to {_clock(quiet[1])}")
    return morning


def _days(asked: Asked) -> tuple[int, ...]:
    known = {str(day): day for day in range(7)}
    days = tuple(sorted({known[text] for text in asked[Setting.DAYS] if text in known}))
    if not days:
        raise BadSetting(Setting.DAYS, Flaw.NO_DAY)
    return days


def _patience(asked: Asked) -> int:
    text = _one(asked, Setting.PATIENCE)
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_PATIENCE):
        raise BadSetting(Setting.PATIENCE, Flaw.NO_PATIENCE, text)
    return int(text)


def _owners(asked: Asked, setting: Setting, known: Candidates) -> Texts:
    """Read the people, or the user groups, among the owners."""
    owners = tuple(dict.fromkeys(asked[setting]))
    if len(owners) > MOST_OWNERS:
        raise BadSetting(setting, Flaw.MANY_OWNERS, str(len(owners)))
    if flaw := next((known.unfit[one] for one in owners if one in known.unfit), None):
        raise BadSetting(setting, flaw)
    return owners


def _protected(asked: Asked, number: int) -> bool:
    """Read whether it is protected; ``number`` is that of the people who are to own it."""
    if asked[Setting.PROTECTED] != (YES,):
        return False
    if number < FEWEST_OWNERS:
        raise BadSetting(Setting.PROTECTED, Flaw.FEW_OWNERS)
    return True


def same(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether two texts of a setting say the same, in whatever order things were chosen."""
    return sorted(one) == sorted(other)


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
