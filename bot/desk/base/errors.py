"""Why something cannot be done here. Structured fields and no secret in them; the edge chooses the words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class DeskError(Exception):
    """Something that a person asked for cannot be done as asked."""


class NotAllowed(DeskError):
    """Guests may look, not change."""


class NotYours(DeskError):
    """The file was shared by somebody else, who alone is asked for its password."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


class NotTheOwner(DeskError):
    """Only who added an environment, or a workspace admin, moves it to another channel."""

    def __init__(self, path: str, owner: str) -> None:
        super().__init__(path)
        self.path = path
        self.owner = owner


class NoEnvironment(DeskError):
    """The channel has no environment yet."""


class EnvironmentGone(DeskError):
    """The environment was removed, or moved to another channel, meanwhile."""


class UnknownEnvironment(DeskError):
    """No environment of that path anywhere; ``nearest`` is one of this channel that looks like it."""

    def __init__(self, path: str, nearest: str | None = None) -> None:
        super().__init__(path)
        self.path = path
        self.nearest = nearest


class ElsewhereBound(DeskError):
    """The environment belongs to another channel."""

    def __init__(self, path: str, channel: str) -> None:
        super().__init__(path)
        self.path = path
        self.channel = channel


class NeedsEnvironment(DeskError):
    """The channel has several environments, and it was not said which is meant."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__(", ".join(choices))
        self.choices = choices


class UnknownLabel(DeskError):
    """Nothing current is called that; ``nearest`` is what looks like it."""

    def __init__(self, label: str, nearest: str | None = None) -> None:
        super().__init__(label)
        self.label = label
        self.nearest = nearest


class AmbiguousLabel(DeskError):
    """Several things are called that; ``choices`` tell them apart."""

    def __init__(self, label: str, choices: tuple[str, ...]) -> None:
        super().__init__(label)
        self.label = label
        self.choices = choices


class NoVersion(DeskError):
    """The label has no such version to turn to; ``choices`` are those that it has."""

    def __init__(self, label: str, choices: tuple[int, ...]) -> None:
        super().__init__(label)
        self.label = label
        self.choices = choices


class NothingRemoved(DeskError):
    """Nothing of that label was removed here that could be restored; ``nearest`` is what looks like it."""

    def __init__(self, label: str, nearest: str | None = None) -> None:
        super().__init__(label)
        self.label = label
        self.nearest = nearest


class ChangedMeanwhile(DeskError):
    """Somebody was faster: ``current`` is the number of the version that is current now."""

    def __init__(self, label: str, current: int) -> None:
        super().__init__(label)
        self.label = label
        self.current = current


class KeyPurged(DeskError):
    """The key was destroyed, and nothing brings it back."""


class LabelInUse(DeskError):
    """Another current certificate has the label."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


class PinInUse(DeskError):
    """Another current certificate of the environment has the pin."""

    def __init__(self, pin: str, label: str) -> None:
        super().__init__(pin)
        self.pin = pin
        self.label = label


class UploadGone(DeskError):
    """There is no such upload."""


class AlreadyStored(DeskError):
    """Something was stored from this upload before."""


class AlreadyRemoved(DeskError):
    """It was removed before."""


class RestartGone(DeskError):
    """There is no such pending restart."""


class BadLabel(DeskError):
    """Not a label."""


class BadPath(DeskError):
    """Not a path of the form app/environment."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class BadPin(DeskError):
    """Not a pin; ``suggestion`` is what was probably meant."""

    def __init__(self, pin: str, suggestion: str | None = None) -> None:
        super().__init__(pin)
        self.pin = pin
        self.suggestion = suggestion


class BadTimezone(DeskError):
    """Not a name of the IANA time zone database; ``nearest`` is one that looks like it."""

    def __init__(self, timezone: str, nearest: str | None = None) -> None:
        super().__init__(timezone)
        self.timezone = timezone
        self.nearest = nearest


class AlreadyExists(DeskError):
    """An environment of that path exists."""

    def __init__(self, path: str, channel: str) -> None:
        super().__init__(path)
        self.path = path
        self.channel = channel


class StillHolds(DeskError):
    """The environment still holds current certificates or authorities."""

    def __init__(self, path: str, count: int) -> None:
        super().__init__(path)
        self.path = path
        self.count = count


class BadMoment(DeskError):
    """A reminder cannot be put off to a time that is past, or more than a month ahead."""


class BadToken(DeskError):
    """Not a token of that environment, or no such environment: nobody is told which."""


class TooManyTokens(DeskError):
    """The environment has as many tokens as it may have."""

    def __init__(self, path: str, count: int) -> None:
        super().__init__(path)
        self.path = path
        self.count = count


class UnknownToken(DeskError):
    """No token of the environment ends like that; ``choices`` are the ends of those there are."""

    def __init__(self, hint: str, path: str, choices: tuple[str, ...]) -> None:
        super().__init__(hint)
        self.hint = hint
        self.path = path
        self.choices = choices


class BadLoadedAt(DeskError):
    """A restart is not believed to have been then; ``why`` is ``future``, ``past`` or ``unreadable``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Flaw(StrEnum):
    """Why one of an environment's settings cannot be so."""

    NO_CLOCK = "no clock"
    HALF_QUIET = "half quiet"
    ENDLESS_QUIET = "endless quiet"
    QUIET_MORNING = "quiet morning"
    NO_DAY = "no day"
    NO_PATIENCE = "no patience"
    MANY_OWNERS = "many owners"
    GUEST_OWNER = "guest owner"
    NO_NUMBER = "no number"
    MANY_NUMBERS = "many numbers"
    FAR_NUMBER = "far number"


class BadSetting(DeskError):
    """One of an environment's settings cannot be so; ``given`` is what is wrong, or what it does not go with."""

    def __init__(self, field: str, flaw: Flaw, given: str = "") -> None:
        super().__init__(f"{field}: {flaw}")
        self.field = field
        self.flaw = flaw
        self.given = given


class BadSettings(DeskError):
    """Several things are wrong with what was asked; ``problems`` are all of them."""

    def __init__(self, problems: tuple[DeskError, ...]) -> None:
        super().__init__(", ".join(type(one).__name__ for one in problems))
        self.problems = problems


class BadDay(DeskError):
    """Not a day of the calendar, written YYYY-MM-DD."""

    def __init__(self, day: str) -> None:
        super().__init__(day)
        self.day = day


class FreezeFlaw(StrEnum):
    """Why a freeze cannot be so."""

    BACKWARDS = "backwards"
    PAST = "past"
    LONG = "long"
    FAR = "far"
    MANY = "many"
    NOT_FROZEN = "not frozen"


class BadFreeze(DeskError):
    """A freeze cannot be so."""

    def __init__(self, flaw: FreezeFlaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


class FileTrouble(DeskError):
    """A file cannot be had; ``reason`` is ``gone``, ``foreign``, ``too_large``, ``login_page`` or ``unreachable``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MayNotConnect(DeskError):
    """Only who added an environment, or a workspace admin, gives credentials for its app or takes them away."""

    def __init__(self, path: str, owner: str) -> None:
        super().__init__(path)
        self.path = path
        self.owner = owner


class NotConnected(DeskError):
    """The environment's app is not connected to anything that could restart it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class ConnectedElsewhere(DeskError):
    """What was left stopped is not what the environment is connected to by now; ``target`` is what was."""

    def __init__(self, path: str, target: str) -> None:
        super().__init__(path)
        self.path = path
        self.target = target


class BadConnection(DeskError):
    """Something of a connection cannot be used; ``field`` is which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ConnectionBroken(DeskError):
    """The credentials do not open any more."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class RestartRuns(DeskError):
    """The app is being restarted already, by whom and since when."""

    def __init__(self, path: str, by: str, since: datetime) -> None:
        super().__init__(path)
        self.path = path
        self.by = by
        self.since = since
