"""Sentences for errors about environments, settings and change freezes."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.base import errors
from bot.slack.kit import escape
from bot.slack.kit.errors import MARKED, PLAIN, Sentence, Voice, did_you_mean, field_of, sentence, taken


def under_fields(wrong: errors.BadSettings) -> dict[str, str]:
    """Return the sentences for a form's errors, by field."""
    return {_field(one): sentence(one, PLAIN) for one in wrong.problems}


def _bad_timezone(error: errors.BadTimezone, voice: Voice) -> str:
    hint = did_you_mean(error.nearest, voice) or " Write it like Europe/Berlin."
    return f"{voice.quote(error.timezone)} is not a time zone.{hint}"


def _already_exists(error: errors.AlreadyExists, voice: Voice) -> str:
    if error.here:
        return f"{voice.quote(error.path)} exists already in this channel. Use it, or choose another name."
    return taken(error.path, voice)


def _not_the_owner(error: errors.NotTheOwner, voice: Voice) -> str:
    named = ", ".join(voice.member(one) for one in error.owners) if voice is MARKED else ""
    whom = f" ({named})" if named else ""
    return f"Only an owner of {voice.quote(error.path)}{whom} or a workspace admin may do this. Ask one of them."


def _nothing_to_restore(error: errors.NothingToRestore, voice: Voice) -> str:
    return (
        f"No environment {voice.quote(error.path)} was removed from this channel lately. "
        f"{voice.command('/cert env list')} shows what there is, and what can be restored."
    )


_FLAWS: dict[errors.Flaw, str] = {
    errors.Flaw.NO_CLOCK: "{given} is not a time of day. Write it like 09:00.",
    errors.Flaw.HALF_QUIET: "Quiet hours begin and end: choose this time, too, or leave both empty.",
    errors.Flaw.ENDLESS_QUIET: "Quiet hours that end when they begin would never end. Choose another time.",
    errors.Flaw.QUIET_MORNING: "This time lies in the quiet hours ({given}). Choose one outside them, or change them.",
    errors.Flaw.NO_DAY: "Tick at least one day, or no reminder would ever come.",
    errors.Flaw.NO_PATIENCE: "Choose a number from 1 to 20.",
    errors.Flaw.MANY_OWNERS: "These are {given}. Choose 10 at most.",
    errors.Flaw.GUEST_OWNER: "Owners are asked to restart the app, which guests may not do. Choose members only.",
    errors.Flaw.OUTSIDE_OWNER: "Owners decide about an environment. Choose members of your company only.",
    errors.Flaw.FEW_OWNERS: "One owner approves what another asks for, so this takes two. Choose another owner first.",
    errors.Flaw.GROUP_GONE: "One of these user groups does not exist any more. Take it out, and choose another one.",
    errors.Flaw.EMPTY_GROUP: (
        "Nobody in one of these groups can be an owner: it is empty, or holds only guests and deactivated people."
    ),
    errors.Flaw.UNKNOWN_GROUP: (
        "Slack does not tell me who is in these groups: I lack the scope usergroups:read. "
        "Choose people, or ask an admin to reinstall Certdesk with it."
    ),
    errors.Flaw.NO_NUMBER: "{given} is not a number of days. Write numbers with commas, such as 30, 7, 1, 0.",
    errors.Flaw.MANY_NUMBERS: "These are {given} numbers. Write 20 at most.",
    errors.Flaw.FAR_NUMBER: "{given} days are more than ten years. Write 3650 at most.",
}

# What comes with the others is ours.
_AS_TYPED = {errors.Flaw.NO_CLOCK, errors.Flaw.NO_NUMBER, errors.Flaw.FAR_NUMBER}

_FREEZE_FLAWS: dict[errors.FreezeFlaw, str] = {
    errors.FreezeFlaw.BACKWARDS: "The freeze would end before it begins. Write its first day first.",
    errors.FreezeFlaw.PAST: "That freeze is over already. Its last day must be today or later.",
    errors.FreezeFlaw.LONG: "A freeze lasts a year at most. Check the days, or plan the rest of it later.",
    errors.FreezeFlaw.FAR: "That freeze begins more than two years ahead. Check the year.",
    errors.FreezeFlaw.NOT_FROZEN: "That day is in no change freeze. `/cert freeze` shows which are planned.",
    errors.FreezeFlaw.MANY: "There are 20 freezes already. `/cert freeze none` ends them all.",
}


def _bad_setting(error: errors.BadSetting, voice: Voice) -> str:
    said = voice.quote(error.given) if error.flaw in _AS_TYPED else escape.escape(error.given)
    return _FLAWS[error.flaw].format(given=said)


def _bad_settings(error: errors.BadSettings, voice: Voice) -> str:
    return " ".join(["Nothing was changed.", *(sentence(one, voice) for one in error.problems)])


ENVIRONMENT_SENTENCES: Mapping[type[errors.DeskError], Sentence] = {
    errors.BadPath: lambda error, voice: (
        f"{voice.quote(error.path)} is not an environment. Write it like orders/production."
    ),
    errors.BadTimezone: _bad_timezone,
    errors.AlreadyExists: _already_exists,
    errors.NotTheOwner: _not_the_owner,
    errors.NothingToRestore: _nothing_to_restore,
    errors.BadSettings: _bad_settings,
    errors.BadSetting: _bad_setting,
    errors.BadDay: lambda error, voice: (
        f"{voice.quote(error.day)} is not a day. Write it like 2026-12-20: year, month, day."
    ),
    errors.BadFreeze: lambda error, _voice: _FREEZE_FLAWS[error.flaw],
}
ENVIRONMENT_FIELDS: Mapping[type[errors.DeskError], str] = {
    errors.BadPath: "path",
    errors.AlreadyExists: "path",
    errors.BadTimezone: "timezone",
}


def _field(error: errors.DeskError) -> str:
    return error.field if isinstance(error, errors.BadSetting) else field_of(error)
