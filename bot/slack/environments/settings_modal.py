"""The form with an environment's settings, and which of them somebody changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.desk.environments.settings import (
    MEMBERS,
    MOST_OWNERS,
    MOST_PATIENCE,
    NO,
    OWNERS_ONLY,
    YES,
    Asked,
    Setting,
    Texts,
    as_texts,
    same,
)
from bot.slack.bolt.people import UserGroup
from bot.slack.kit import blocks, modals
from bot.slack.kit.blocks import Block, Element, View
from bot.slack.kit.calendar import DAYS
from bot.slack.kit.escape import NOTHING, visible
from bot.slack.kit.text import count
from store import Environment

SAVE = "Save"
ZONE_HINT = "A name such as Europe/Berlin or Asia/Kolkata. All times below are those of this zone."
DAYS_HINT = "Reminders come on these days, and the weekly list on the first of them after the days off."
OWNERS_HINT = (
    "Up to 10 people, who should be in the channel. They decide about settings, tokens and connections, approve, and "
    "are mentioned when nobody answers and when a certificate expires soon. Empty: whoever added the environment."
)
GROUPS_HINT = "Up to 10 user groups: whoever is in one is an owner, from the day they join it to the day they leave."
GONE_GROUP = "a group that I cannot see"
PROTECTED_HINT = (
    "Every change of certificates, CA certificates, pins, tokens, connections and owners, and every restart, waits "
    "until another owner approves it. That takes two owners, and two to end it."
)
QUIET_HINT = "No reminder and no announcement in these hours, which may go over midnight. Empty: none."
THRESHOLDS_HINT = (
    "Numbers such as 30, 7, 1, 0. From 30 days on each is a message, farther off it is a line in the weekly list. "
    "Empty: those that are shown in grey."
)

TITLE = "Environment settings"
NO_QUIET = "no_quiet"
# Where Slack says what stands in an element at first, and what stands there when it is submitted.
_PLACES = {
    "plain_text_input": ("initial_value", "value"),
    "static_select": ("initial_option", "selected_option"),
    "radio_buttons": ("initial_option", "selected_option"),
    "checkboxes": ("initial_options", "selected_options"),
    "timepicker": ("initial_time", "selected_time"),
    "multi_users_select": ("initial_users", "selected_users"),
    "multi_static_select": ("initial_options", "selected_options"),
}


def settings(environment: Environment, own_thresholds: Iterable[int], groups: Sequence[UserGroup] = ()) -> View:
    """Return the form, filled in with the current settings; ``groups`` are those of the workspace."""
    now = as_texts(environment)
    asked = [
        blocks.section(f"*{environment.path}*: when reminders come, and who is mentioned."),
        *_reminders(now),
        *_owners(now),
        *_groups(now, groups),
        _patience(now),
        *_access(now),
        *_quiet(now),
        _thresholds(now, own_thresholds),
    ]
    return modals.form("settings", TITLE, asked, about=environment.id, submit=SAVE)


def _reminders(now: Asked) -> list[Block]:
    zone = blocks.text_input(initial=_one(now, Setting.TIMEZONE), placeholder="Europe/Berlin", longest=64)
    days = blocks.checkboxes(
        [blocks.option(name, str(number)) for number, name in enumerate(DAYS)], chosen=now[Setting.DAYS]
    )
    first = [
        blocks.option("At once, with the change", YES),
        blocks.option("At the reminder time of the next working day", NO),
    ]
    return [
        blocks.input_(Setting.TIMEZONE, "Time zone", zone, hint=ZONE_HINT),
        blocks.input_(Setting.DAYS, "Working days", days, hint=DAYS_HINT),
        blocks.input_(Setting.MORNING, "Reminder time", blocks.clock_input(_one(now, Setting.MORNING))),
        blocks.input_(
            Setting.AT_ONCE, "First reminder of a change", blocks.radio(first, chosen=_one(now, Setting.AT_ONCE))
        ),
    ]


def _owners(now: Asked) -> list[Block]:
    people = [one for one in now[Setting.OWNERS] if one.startswith(("U", "W"))]
    return [
        blocks.input_(
            Setting.OWNERS,
            "Owners",
            blocks.people(people[:MOST_OWNERS], most=MOST_OWNERS, placeholder="Whoever added the environment"),
            hint=OWNERS_HINT,
            optional=True,
        ),
    ]


def _groups(now: Asked, groups: Sequence[UserGroup]) -> list[Block]:
    """Ask for user groups where there are some, or where one is an owner already, which may be gone."""
    handles = {one: GONE_GROUP for one in now[Setting.OWNER_GROUPS]} | {one.id: f"@{one.handle}" for one in groups}
    if not handles:
        return []
    options = [blocks.option(visible(handle, 70) or NOTHING, id_) for id_, handle in handles.items()]
    menu = blocks.multi_select(options, chosen=now[Setting.OWNER_GROUPS], most=MOST_OWNERS, placeholder="No user group")
    return [blocks.input_(Setting.OWNER_GROUPS, "Groups of owners", menu, hint=GROUPS_HINT, optional=True)]


def _patience(now: Asked) -> Block:
    options = [blocks.option(f"after {count(number, 'reminder')}", str(number)) for number in _patiences()]
    menu = blocks.select(options, chosen=_one(now, Setting.PATIENCE))
    return blocks.input_(Setting.PATIENCE, "Call the owners", menu)


def _access(now: Asked) -> list[Block]:
    who = [blocks.option("All members of the channel", MEMBERS), blocks.option("Owners only", OWNERS_ONLY)]
    approval = [blocks.option("Made at once", NO), blocks.option("Approved by a second owner first", YES)]
    return [
        blocks.input_(
            Setting.CHANGED_BY,
            "Who changes certificates and confirms restarts",
            blocks.radio(who, chosen=_one(now, Setting.CHANGED_BY)),
        ),
        blocks.input_(
            Setting.PROTECTED,
            "Changes are",
            blocks.radio(approval, chosen=_one(now, Setting.PROTECTED)),
            hint=PROTECTED_HINT,
        ),
    ]


def _patiences() -> Iterable[int]:
    return range(1, MOST_PATIENCE + 1)


def _quiet(now: Asked) -> list[Block]:
    begins, ends = _one(now, Setting.QUIET_FROM), _one(now, Setting.QUIET_UNTIL)
    asked = [
        blocks.input_(Setting.QUIET_FROM, "Quiet from", blocks.clock_input(begins), optional=True),
        blocks.input_(Setting.QUIET_UNTIL, "Quiet until", blocks.clock_input(ends), hint=QUIET_HINT, optional=True),
    ]
    if begins:
        # Not every client of Slack can take a time out of its picker again.
        box = blocks.checkboxes([blocks.option("No quiet hours any more", NO_QUIET)])
        asked.append(blocks.input_(NO_QUIET, "Quiet hours", box, optional=True))
    return asked


def _thresholds(now: Asked, own: Iterable[int]) -> Block:
    field = blocks.text_input(
        initial=_one(now, Setting.THRESHOLDS), placeholder=", ".join(str(days) for days in own)[:150], longest=300
    )
    return blocks.input_(
        Setting.THRESHOLDS, "Announce an end, in days before", field, hint=THRESHOLDS_HINT, optional=True
    )


def _one(now: Asked, setting: Setting) -> str:
    return next(iter(now[setting]), "")


def changed(view: View, given: Mapping[str, Mapping[str, Any]]) -> Asked:
    """Return the changed settings: ``given`` is the submitted state, the view holds what it was filled in with.

    What was left as it was shown is not asked for, for it may have been changed by somebody else meanwhile.
    """
    asked: dict[Setting, Texts] = {}
    for block in view.get("blocks", ()):
        name, element = block.get("block_id"), block.get("element")
        if name in set(Setting) and element and name in given:
            shown, now = _shown(element), _given(element, given[name])
            if not same(shown, now):
                asked[Setting(name)] = now
    if _given({"type": "checkboxes"}, given.get(NO_QUIET, {})):
        asked |= {Setting.QUIET_FROM: (), Setting.QUIET_UNTIL: ()}
    return asked


def _shown(element: Element) -> Texts:
    return _texts(element.get(_PLACES[element["type"]][0]))


def _given(element: Element, state: Mapping[str, Any]) -> Texts:
    return _texts(state.get(_PLACES[element["type"]][1]))


def _texts(value: Any) -> Texts:
    several = value if isinstance(value, list) else [value] if value else []
    texts = (one["value"] if isinstance(one, Mapping) else str(one) for one in several)
    return tuple(text.strip() for text in texts if text.strip())
