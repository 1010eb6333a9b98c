"""Why something cannot be done here. Structured fields and no secret in them; the edge chooses the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeskError(Exception):
    """Something that a person asked for cannot be done as asked."""


class NotAllowed(DeskError):
    """Guests may look, not change."""


class Outside(StrEnum):
    """Why somebody is not of the workspace that Certdesk works for."""

    EXTERNAL = "external"
    APP = "app"
    DEACTIVATED = "deactivated"


@dataclass(eq=False)
class NotOurs(DeskError):
    """Somebody who can see nothing and do nothing, wherever they click."""

    why: Outside


@dataclass(eq=False)
class UnknownPerson(DeskError):
    """Slack does not say who somebody is; ``reason`` is Slack's code."""

    reason: str


@dataclass(eq=False)
class NotYours(DeskError):
    """The file was shared by somebody else, who alone is asked for its password."""

    owner: str


@dataclass(eq=False)
class NotTheOwner(DeskError):
    """Owners of an environment and workspace admins decide about it, and nobody else."""

    path: str
    owners: tuple[str, ...]


@dataclass(eq=False)
class NotInChannel(DeskError):
    """Somebody who is not in the environment's channel, or not any more."""

    path: str


class NotHere(DeskError):
    """A button was clicked in a channel by somebody who is not in it."""


@dataclass(eq=False)
class SharedChannel(DeskError):
    """An environment is to belong to a channel that other companies see; whoever wants that says so first."""

    path: str
    companies: tuple[str, ...]


class NotAChannel(DeskError):
    """An environment belongs to a channel, not to a conversation of two."""


@dataclass(eq=False)
class UnknownMembers(DeskError):
    """Slack does not say who is in a channel; ``reason`` is Slack's code."""

    reason: str


@dataclass(eq=False)
class UnknownGroup(DeskError):
    """Slack does not say who is in a user group that owns an environment; ``reason`` is Slack's code."""

    group: str
    reason: str


@dataclass(eq=False)
class AwaitsApproval(DeskError):
    """The environment is protected: the change is asked for, and nothing is changed before somebody approves it.

    ``until`` is when the request expires; ``timezone`` is the environment's.
    """

    path: str
    until: datetime
    timezone: str


class RequestGone(DeskError):
    """There is no such request."""


@dataclass(eq=False)
class RequestEnded(DeskError):
    """The request was decided before, or ended by itself; ``state`` is a name, ``by`` who decided."""

    state: str
    by: str


class OwnRequest(DeskError):
    """Nobody approves or declines what they asked for themselves."""


@dataclass(eq=False)
class NotYourRequest(DeskError):
    """Only who asked for something can withdraw the request."""

    asked_by: str


@dataclass(eq=False)
class RequesterMayNot(DeskError):
    """Who asked for the change may not make it any more."""

    asked_by: str


class ChangedSinceAsked(DeskError):
    """What would be changed is not as it was shown."""


@dataclass(eq=False)
class NoLongerGood(DeskError):
    """What was asked for does not pass its checks any more; ``problems`` are the sentences of its findings."""

    problems: tuple[str, ...]


class RequestBroken(DeskError):
    """The request was changed outside of Certdesk, or its seal does not open."""


@dataclass(eq=False)
class TooManyRequests(DeskError):
    """As many changes wait for approval already as may."""

    path: str
    count: int


class NoReason(DeskError):
    """A reason must be given, and none was."""


class BadButton(DeskError):
    """A button carries what none of ours carries: it is of another version, or was forged."""


class NoEnvironment(DeskError):
    """The channel has no environment yet."""


class EnvironmentGone(DeskError):
    """The environment was removed, or moved to another channel, meanwhile."""


@dataclass(eq=False)
class UnknownEnvironment(DeskError):
    """No environment of that path anywhere; ``nearest`` is one of this channel that looks like it."""

    path: str
    nearest: str | None = None


@dataclass(eq=False)
class ElsewhereBound(DeskError):
    """The environment belongs to another channel."""

    path: str


@dataclass(eq=False)
class NeedsEnvironment(DeskError):
    """The channel has several environments, and it was not said which is meant."""

    choices: tuple[str, ...]


@dataclass(eq=False)
class UnknownLabel(DeskError):
    """Nothing current is called that; ``nearest`` is what looks like it."""

    label: str
    nearest: str | None = None


@dataclass(eq=False)
class AmbiguousLabel(DeskError):
    """Several things are called that; ``choices`` tell them apart."""

    label: str
    choices: tuple[str, ...]


@dataclass(eq=False)
class NoVersion(DeskError):
    """The label has no such version to turn to; ``choices`` are those that it has."""

    label: str
    choices: tuple[int, ...]


@dataclass(eq=False)
class NothingRemoved(DeskError):
    """Nothing of that label was removed here that could be restored; ``nearest`` is what looks like it."""

    label: str
    nearest: str | None = None


@dataclass(eq=False)
class ChangedMeanwhile(DeskError):
    """Somebody was faster: ``current`` is the number of the version that is current now."""

    label: str
    current: int


class KeyPurged(DeskError):
    """The key was destroyed, and nothing brings it back."""


@dataclass(eq=False)
class KeyBroken(DeskError):
    """The key cannot be decrypted: the ring does not have its key, or the stored bytes were changed."""

    label: str


class HandOutGone(DeskError):
    """There is no such permission, it was used, or the certificate is gone."""


class NoPages(DeskError):
    """The operator has not said where people reach the desk's pages."""


@dataclass(eq=False)
class LabelInUse(DeskError):
    """Another current certificate has the label."""

    label: str


@dataclass(eq=False)
class PinInUse(DeskError):
    """Another current certificate of the environment has the pin."""

    pin: str
    label: str


class UploadGone(DeskError):
    """There is no such upload."""


class AlreadyStored(DeskError):
    """Something was stored from this upload before."""


class AlreadyRemoved(DeskError):
    """It was removed before."""


class RestartGone(DeskError):
    """There is no such pending restart."""


class TooLate(DeskError):
    """The minutes in which it could be undone are over."""


@dataclass(eq=False)
class NewerPending(DeskError):
    """Another restart of the environment is pending by now."""

    path: str


class BadLabel(DeskError):
    """Not a label."""


@dataclass(eq=False)
class BadPath(DeskError):
    """Not a path of the form app/environment."""

    path: str


@dataclass(eq=False)
class BadPin(DeskError):
    """Not a pin; ``suggestion`` is what was probably meant."""

    pin: str
    suggestion: str | None = None


@dataclass(eq=False)
class BadHost(DeskError):
    """Not a host with or without a port."""

    text: str


@dataclass(eq=False)
class NoHosts(DeskError):
    """No pin of the certificate is a host, so that nobody knows whom to try it with."""

    label: str


@dataclass(eq=False)
class UnclearPin(DeskError):
    """What was typed could be an identifier, kept as it is, or hosts: whoever typed it is asked."""

    text: str


@dataclass(eq=False)
class BadTimezone(DeskError):
    """Not a name of the IANA time zone database; ``nearest`` is one that looks like it."""

    timezone: str
    nearest: str | None = None


@dataclass(eq=False)
class AlreadyExists(DeskError):
    """An environment of that path exists; ``here`` if it belongs to the channel it was to be added to."""

    path: str
    here: bool


@dataclass(eq=False)
class NothingToRestore(DeskError):
    """No environment of that path was removed here, or what it held is destroyed by now."""

    path: str


class BadMoment(DeskError):
    """A reminder cannot be put off to a time that is past, or more than a month ahead."""


@dataclass(eq=False)
class UnknownIssuer(DeskError):
    """The operator does not trust this issuer; ``choices`` are those that they do."""

    issuer: str
    choices: tuple[str, ...]


@dataclass(eq=False)
class KnownIdentity(DeskError):
    """The environment has this identity already."""

    subject: str


@dataclass(eq=False)
class BadSubject(DeskError):
    """No issuer calls a program that."""

    text: str


class TokenFlaw(StrEnum):
    """Why a token is not taken. Only who holds a token of the environment is told more than that it is not known."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    SCOPE = "scope"
    NETWORK = "network"
    ISSUER = "issuer"


@dataclass(eq=False)
class BadToken(DeskError):
    """Not a token of that environment, or no such environment: nobody is told which. Or not one for this."""

    why: TokenFlaw = TokenFlaw.UNKNOWN


@dataclass(eq=False)
class BadLimit(DeskError):
    """Neither a number of days that a token may be valid for, nor the address of a network."""

    text: str


@dataclass(eq=False)
class TooManyTokens(DeskError):
    """The environment has as many tokens as it may have."""

    path: str
    count: int


@dataclass(eq=False)
class UnknownToken(DeskError):
    """No token of the environment ends like that; ``choices`` are the ends of those there are."""

    hint: str
    path: str
    choices: tuple[str, ...]


@dataclass(eq=False)
class BadLoadedAt(DeskError):
    """A restart is not believed to have been then; ``why`` is ``future``, ``past`` or ``unreadable``."""

    why: str


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
    OUTSIDE_OWNER = "outside owner"
    FEW_OWNERS = "few owners"
    GROUP_GONE = "group gone"
    EMPTY_GROUP = "empty group"
    UNKNOWN_GROUP = "unknown group"
    NO_NUMBER = "no number"
    MANY_NUMBERS = "many numbers"
    FAR_NUMBER = "far number"


@dataclass(eq=False)
class BadSetting(DeskError):
    """One of an environment's settings cannot be so; ``given`` is what is wrong, or what it does not go with."""

    field: str
    flaw: Flaw
    given: str = ""


@dataclass(eq=False)
class BadSettings(DeskError):
    """Several things are wrong with what was asked; ``problems`` are all of them."""

    problems: tuple[DeskError, ...]


@dataclass(eq=False)
class BadDay(DeskError):
    """Not a day of the calendar, written YYYY-MM-DD."""

    day: str


class FreezeFlaw(StrEnum):
    """Why a freeze cannot be so."""

    BACKWARDS = "backwards"
    PAST = "past"
    LONG = "long"
    FAR = "far"
    MANY = "many"
    NOT_FROZEN = "not frozen"


@dataclass(eq=False)
class BadFreeze(DeskError):
    """A freeze cannot be so."""

    flaw: FreezeFlaw


@dataclass(eq=False)
class FileTrouble(DeskError):
    """A file cannot be had; ``reason`` is one of ``gone``, ``link``, ``foreign``, ``not_yours``, ``too_large``,
    ``login_page`` and ``unreachable``, ``name`` the file's, as far as Slack tells it.
    """

    reason: str
    name: str = ""


@dataclass(eq=False)
class NotConnected(DeskError):
    """The environment's app is not connected to anything that could restart it."""

    path: str


@dataclass(eq=False)
class ConnectedElsewhere(DeskError):
    """What was left stopped is not what the environment is connected to by now; ``target`` is what was."""

    path: str
    target: str


@dataclass(eq=False)
class BadConnection(DeskError):
    """A value of a connection cannot be used; ``field`` names it, and ``sentence`` says what can."""

    field: str
    sentence: str


@dataclass(eq=False)
class ConnectionBroken(DeskError):
    """The credentials do not open any more."""

    path: str


@dataclass(eq=False)
class RestartRuns(DeskError):
    """The app is being restarted already, by whom and since when."""

    path: str
    by: str
    since: datetime
