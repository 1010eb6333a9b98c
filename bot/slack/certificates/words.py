"""Sentences that people read in Slack; those of restarts, ends, calendars, tokens and troubles stand beside it.

Arguments that come from outside are already safe when they get here (escape.py); paths, ids and numbers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, takewhile

from bot.certificates import Root, Standing, Survey, Use
from bot.desk.certificates.versions import Proposal
from bot.slack.bolt.command import USAGES, Verb
from bot.slack.environments import schedule_words
from bot.slack.kit import times
from bot.slack.kit.escape import channel, code, link, member
from bot.slack.kit.times import count
from store import Authority, Environment, Version

CHECKING = "The file is being opened and checked. This view changes by itself when that is done."
QUEUED = "Other files are being opened first. Yours comes next, and this view changes by itself."
RETYPE = "The password was not kept: type it again."
BLOCKED = "*Nothing was added.* This stands in the way:"
WARNED = "*Nothing was added yet.* Read this first; *Add anyway* adds it as it is:"
WARNED_COPY = "*Nothing was copied yet.* Read this first; *Copy anyway* copies it as it is:"
NOTHING_CHANGED = "Nothing was changed."
ADDED_LATE = "Done: it is added. The card is in the channel, and the reminder to restart the app with it."
CLOSED_MEANWHILE = "The window was closed while your file was being checked. This came of it:"
ALL_THERE = "The environment has every authority of this file already. Nothing was changed."
REMOVED_NOT = "Nothing was removed."


def hello() -> str:
    """What `/cert` says in a channel without an environment."""
    return (
        "*Certdesk* keeps the client certificates and authorities that an app uses for outgoing TLS. "
        "No environment belongs to this channel yet.\n"
        "Begin with `/cert env add app/environment`, such as `/cert env add orders/production`. "
        "Then `/cert add`, or drop a `.pfx` or `.pem` file here."
    )


def usage(verb: Verb) -> str:
    """How a command is written, in a code span."""
    return code(" ".join(part for part in ("/cert", verb.value, USAGES[verb].arguments) if part))


def help_lines() -> list[str]:
    """A line for each command."""
    return [f"{usage(verb)}  {line.about}" for verb, line in USAGES.items()]


HELP_TIP = (
    "`/cert add` is the safest way in: its file never lies in a channel. "
    "A `.pfx` or `.pem` dropped into this channel works as well."
)


def mistyped(typed: str, nearest: Verb | None) -> str:
    """A command that does not exist gets the one that was probably meant."""
    if nearest is None:
        return f"There is no `/cert` command {code(typed, 40)}. `/cert help` shows all of them."
    return f"There is no `/cert` command {code(typed, 40)}. Did you mean {usage(nearest)}?"


def incomplete(verb: Verb) -> str:
    """A command that misses something, or has too much."""
    return f"Write it like this: {usage(verb)} ({USAGES[verb].about})."


def seen(name: str, survey: Survey) -> str:
    """What a dropped file is."""
    file = code(name, 100)
    if survey.use is Use.UNLOCK and not survey.certificates:
        return f"{file} is a PKCS #12 container ({times.size(survey.size)}). Its password opens it."
    if survey.use is Use.UNLOCK:
        return f"{file} holds {_certificates(survey)} and an encrypted private key. Its password opens it."
    if survey.use is Use.PART:
        return _part(file, survey)
    if survey.use is Use.COMBINE:
        return f"{file} holds {_certificates(survey)} and a private key without a password."
    if survey.use is Use.AUTHORITY:
        found = count(survey.authorities, "authority", "authorities")
        return f"{file} holds {found} (CA {'certificate' if survey.authorities == 1 else 'certificates'})."
    return f"{file} cannot be added as it is."


def _part(file: str, survey: Survey) -> str:
    """A key without its certificate, or the reverse: what it waits for."""
    how = "Drop that here too and then click below, or choose it in the window that opens."
    if not survey.certificates:
        closed = " under a password" if survey.encrypted_keys else ""
        return f"{file} holds a private key{closed}, and its certificate is still missing. {how}"
    what = "a client certificate" if survey.certificates == 1 else _certificates(survey)
    return f"{file} holds {what}, and the private key is still missing. {how}"


def _certificates(survey: Survey) -> str:
    return count(survey.certificates, "certificate")


KEY_IN_CHANNEL = (
    "A private key now lies in this channel. Once it is added, I delete the file where Slack lets me. "
    "With `/cert add` no file lies in a channel at all."
)
KEY_IN_CHANNEL_UNUSED = (
    "A private key now lies in this channel. Delete the file; with `/cert add` no file lies in a channel at all."
)
NOWHERE = "No environment belongs to this channel yet, so there is nowhere to add it. Add the environment first."


def key_still_there(name: str, url: str) -> str:
    """Slack did not let us delete the file; ``url`` is its permalink, or empty."""
    return (
        f"{code(name, 100)} is added, but its private key still lies in this channel: Slack lets only you or an admin "
        f"delete it. Open {link(url, 'the file')}, choose *Delete file*, and use `/cert add` next time."
    )


def deposited(version: Version, environment: Environment) -> str:
    """The first line of a card."""
    if version.replaced:
        replaced = f"replaces version {version.replaced}"
        return f"{code(version.label)} has a new version {version.number} in *{environment.path}* ({replaced})"
    return f"{code(version.label)} was added to *{environment.path}*"


def noted(version: Version) -> str:
    """Above what there is to note about a deposit."""
    return f"{code(version.label)} is added. For you to know:"


def leads_to(root: Root) -> str:
    """Where a chain leads."""
    known = {
        Standing.ENVIRONMENT: "an authority of this environment",
        Standing.PUBLIC: "a public root",
        Standing.PRIVATE: "a private root, which came in the file",
        Standing.UNKNOWN: "which is neither in the file nor known here",
    }
    address = f"; it is said to be at {code(root.address, 200)}" if root.address else ""
    return f"Its chain leads to {code(root.name, 120)}, {known[root.standing]}{address}."


def authorities_added(number: int, environment: Environment, by: str) -> str:
    """The first line of an authorities' card."""
    return f"{count(number, 'authority', 'authorities')} added to *{environment.path}* by {member(by)}"


def removed(name: str, environment: Environment, by: str) -> str:
    """Told to the channel."""
    return f"{code(name)} was removed from *{environment.path}* by {member(by)}"


def ask_removal(target: Version | Authority, environment: Environment) -> str:
    """Asked before anything is removed."""
    if isinstance(target, Version):
        what = f"the client certificate {code(target.label)} (version {target.number})"
        pins = f" Its pins {pin_list(target.pins)} become free." if target.pins else ""
    else:
        what, pins = f"the authority {code(target.name)}", ""
    return f"Remove {what} from *{environment.path}*?{pins} The app goes without it from its next restart on."


def deed(version: Version | Authority, environment: Environment, what: str, by: str) -> str:
    """Told to the channel."""
    if isinstance(version, Authority):
        return f"{code(version.name)} is an authority of *{environment.path}* again: {member(by)} restored it"
    name, place, who = code(version.label), f"*{environment.path}*", member(by)
    if what == "rolled_back":
        return f"{name} in {place} is version {version.number} again: {who} turned back"
    if what == "restored":
        return f"{name} is back in {place} (version {version.number}): {who} restored it"
    return f"{name} in {place} is pinned to {pin_list(version.pins)} now, by {who}"


def ask_rollback(one: Proposal, now: datetime) -> str:
    """Asked before a version is made current again."""
    current, wanted, zone = one.current, one.wanted, one.environment.timezone
    return (
        f"Make version {wanted.number} of {code(current.label)} current in *{one.environment.path}* again, in place of "
        f"version {current.number}? It {times.ends(wanted.effective_end, now, zone)}; "
        f"the one that is current {times.ends(current.effective_end, now, zone)}."
    )


def is_current(version: Version | Authority, environment: Environment) -> str:
    """Answered to who did it."""
    if isinstance(version, Authority):
        return f"{code(version.name)} is an authority of *{environment.path}* again."
    return f"Version {version.number} of {code(version.label)} is current in *{environment.path}*."


def is_pinned(version: Version | Authority, environment: Environment) -> str:
    """Answered to who did it; an authority has no pins."""
    if isinstance(version, Authority):
        return is_current(version, environment)
    return f"{code(version.label)} in *{environment.path}* has the pins {pin_list(version.pins)}."


def pin_list(pins: Sequence[str], most: int = 10) -> str:
    """Pins in code spans, folded past ``most``."""
    return folded([code(pin, 80) for pin in pins], most) if pins else "none"


def folded(
    texts: Sequence[str], most: int, separator: str = ", ", longest: int = 1800, *, total: int | None = None
) -> str:
    """The first ``most`` that fit into ``longest`` characters, and how many more there are of ``total`` or of these."""
    shown = texts[: fitting(texts, most, separator, longest)]
    rest = (len(texts) if total is None else total) - len(shown)
    return separator.join([*shown, f"and {rest} more"] if rest else shown)


def fitting(texts: Sequence[str], most: int, separator: str, longest: int) -> int:
    """How many of them :func:`folded` shows."""
    lengths = accumulate(len(text) + len(separator) for text in texts[:most])
    return sum(1 for _ in takewhile(lambda length: length <= longest, lengths))


def environment_added(environment: Environment) -> str:
    """`/cert env add`."""
    return (
        f"*{environment.path}* is added to {channel(environment.channel)}. {schedule_words.reminded(environment)}; "
        "`/cert env settings` changes that. Next: `/cert add`, or drop a `.pfx` or `.pem` file here."
    )


def environment_bound(environment: Environment) -> str:
    """`/cert env bind`."""
    return f"*{environment.path}* belongs to {channel(environment.channel)} now: its cards and reminders come here."


def environment_zone(environment: Environment) -> str:
    """`/cert env timezone`."""
    return f"*{environment.path}* from now on: {schedule_words.reminded(environment)}."


def environment_removed(environment: Environment) -> str:
    """`/cert env remove`."""
    return f"*{environment.path}* is removed. `/cert env add {environment.path}` would begin it anew, empty."


INVITE = (
    "One thing is missing: I am not a member of this channel and cannot post cards and reminders. Type `/invite` and "
    "choose Certdesk."
)


def not_invited(place: str) -> str:
    """Sent to the person whose deed could not be shown in its channel."""
    return (
        f"I may not post in {channel(place)}, so this comes to you alone. Type `/invite` there and choose Certdesk, "
        "or move the environment with `/cert env bind`."
    )


HOME = (
    "*Certdesk* checks the certificates your apps use for outgoing TLS, keeps them for the right environment, and "
    "reminds people to restart the app."
)
HOME_BEGIN = (
    "*How to begin*\n"
    "1.  Invite Certdesk into the channel of your app: `/invite`, and choose Certdesk.\n"
    "2.  Say which environment lives there: `/cert env add orders/production`.\n"
    "3.  `/cert add`, or drop a `.pfx` or `.pem` file into the channel, and follow the button.\n"
    "4.  Restart the app when the reminder asks for it, and click *Restarted*."
)
HOME_SAFE = (
    "Passwords are used once and never stored. Private keys are sealed before they are stored, and no message ever "
    "holds one."
)
