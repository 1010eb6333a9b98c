"""The port to what restarts an app: each kind of platform is declared once, and each call of one is bounded in time and
says what is known of it afterwards. Certdesk knows no vendor but through a declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from bot.desk.base.errors import BadConnection, ConnectionBroken
from store import AppState, Connection, Environment, PerformedRestart

# What the steps of a restart tell apart. They are stored with runs as the first platform called them.
STOP_FAILED = "STOP_FAILED"
STARTS_ALREADY = "APP_ALREADY_HAS_A_STARTING_JOB"
NO_SUCH_JOB = "NO_SUCH_STARTJOB"


class PlatformError(Exception):
    """A call did not go well; ``name`` is one of the above, one of the platform's own, or ours in small letters."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Refused(PlatformError):
    """A clear no: this call changed nothing, or what it had begun has failed."""


class DidNotStart(Refused):
    """A clear no, after which the app is certainly stopped: the job that was to start it has failed."""


class NotReached(PlatformError):
    """The call did not get there, or was turned away unread: it changed nothing. Come back in ``seconds``."""

    def __init__(self, name: str, seconds: float = 5.0) -> None:
        super().__init__(name)
        self.seconds = seconds


class Unclear(PlatformError):
    """No answer, or none that can be understood: nobody knows what the call did."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The result of a start: ``running`` if there is nothing to wait for, else the ``job`` to ask for."""

    running: bool
    job: str | None = None


class Platform(Protocol):
    """An app that can be restarted. Every method raises :class:`PlatformError`.

    Where one call does it all (:attr:`PlatformKind.by_itself`), ``start`` is that call, ``stop`` is never called, and
    ``state`` is unknown.
    """

    async def stop(self) -> None:
        """Stop the app; one that is stopped may stay so."""

    async def start(self) -> Begun:
        """Start the app; one that runs is :attr:`Begun.running`."""

    async def started(self, job: str) -> bool:
        """Return whether the job has come to its end, which is a running app."""

    async def state(self) -> AppState:
        """Return the app's state as the platform reports it."""


def _nothing(_place: Environment) -> str:
    return ""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form that connects an environment; ``name`` is its key in :attr:`Connection.settings`.

    ``suggested`` returns the text that stands there first. ``clean`` returns what is kept of a text without spaces
    around it, if that ``fits``; ``error`` is the sentence for a text that does not fit.
    """

    name: str
    label: str
    error: str
    fits: Callable[[str], bool]
    clean: Callable[[str], str] = _as_it_is
    hint: str = ""
    placeholder: str = ""
    longest: int = 200
    is_optional: bool = False
    suggested: Callable[[Environment], str] = _nothing

    def read(self, typed: str) -> str:
        """Return what is kept. Raises :class:`BadConnection`."""
        text = self.clean(typed.strip())
        if not self.fits(text):
            raise BadConnection(self.name, self.error)
        return text


@dataclass(frozen=True, slots=True)
class Words:
    """What people read of a platform, in Slack's mrkdwn.

    ``title`` and ``summary`` stand in the list of platforms, ``about`` in the form. ``api`` is what an environment is
    connected to, ``app`` what is restarted there. ``console`` says where in the platform a person looks after the app,
    and ``start`` what they click to start it; both are empty where one call does it all. ``reasons`` are sentences for
    names of :class:`PlatformError`, where the platform can say more than we do.
    """

    title: str
    summary: str
    about: str
    api: str
    app: str
    reasons: Mapping[str, str]
    console: str = ""
    start: str = ""


def _as_given(settings: Mapping[str, str], secret: str) -> tuple[Mapping[str, str], str]:
    return settings, secret


@dataclass(frozen=True, slots=True)
class PlatformKind:
    """A kind of platform: its words, the form that connects an environment to it, and its client.

    ``name`` is stored with connections and runs and never renamed. ``by_itself`` if one call is the whole restart, and
    must not be repeated. ``secret`` is the field that is encrypted. ``target`` returns from the settings what is
    restarted, for everybody to read; ``details`` what the owner of a connection may read, by name. ``client`` returns
    the app behind a connection; its last argument is the run that is performed, if there is one. ``hide`` takes out of
    the settings what is encrypted with the secret: it returns both as they are kept, and ``client`` gets them so.
    """

    name: str
    words: Words
    fields: tuple[Field, ...]
    secret: Field
    target: Callable[[Mapping[str, str]], str]
    details: Callable[[Mapping[str, str]], Mapping[str, str]]
    client: Callable[[Mapping[str, str], SecretStr, Environment, PerformedRestart | None], Platform] = field(repr=False)
    by_itself: bool = False
    hide: Callable[[Mapping[str, str], str], tuple[Mapping[str, str], str]] = field(default=_as_given, repr=False)


@dataclass(frozen=True, slots=True)
class Platforms:
    """The kinds of platform that apps can be restarted on."""

    kinds: tuple[PlatformKind, ...] = ()

    def kind(self, name: str) -> PlatformKind:
        """Return the kind of that name; one that restarts nothing if it is not known, as after a downgrade."""
        return next((kind for kind in self.kinds if kind.name == name), _UNKNOWN)

    def of(self, connection: Connection) -> PlatformKind:
        """Return the kind of a connection, as :meth:`kind` does."""
        return self.kind(connection.kind)


def _unknown(
    _settings: Mapping[str, str], _secret: SecretStr, place: Environment, _run: PerformedRestart | None
) -> Platform:
    raise ConnectionBroken(place.path)


_UNKNOWN = PlatformKind(
    name="",
    words=Words("", "", "", "a platform that I do not know", "an app on a platform that I do not know:", {}),
    fields=(),
    secret=Field("", "", "", fits=bool),
    target=lambda _settings: "",
    details=lambda _settings: {},
    client=_unknown,
    by_itself=True,
)
