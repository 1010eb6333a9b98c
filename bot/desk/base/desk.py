"""The desk itself: what every use case works with, and who comes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot.certificates import Context
from bot.desk.base.errors import BadToken, NotAllowed, NotInChannel, NotOurs, NotTheOwner, Outside
from bot.desk.base.handshakes import Handshakes, NoHandshakes
from bot.desk.base.hourly import Hourly
from bot.desk.base.platforms import Platforms
from bot.desk.opener.pool import MEBIBYTE, Opener
from store import Environment, Store


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits that an operator can set; key sizes are in bits.

    ``thresholds`` are days before an end, where an environment has none of its own; those up to ``near_days`` get a
    message each. Owners are mentioned from ``mention_days`` on. A request expires after ``request_days`` working days.
    What a removed environment held is destroyed after ``keep_removed_days``. A restart is proven when every instance
    that was seen within ``instance_hours`` has loaded the changes. With ``checks_partners``, the servers that
    certificates are pinned to are looked at daily.
    """

    max_bytes: int = 10 * MEBIBYTE
    min_rsa_bits: int = 2048
    thresholds: tuple[int, ...] = (90, 60, 30, 14, 7, 3, 1, 0)
    near_days: int = 30
    mention_days: int = 14
    request_days: int = 3
    keep_removed_days: int = 30
    instance_hours: int = 24
    checks_partners: bool = False

    def thresholds_of(self, place: Environment) -> tuple[int, ...]:
        """Days before an end at which an environment hears of it."""
        return place.schedule.thresholds or self.thresholds

    def near(self, place: Environment) -> tuple[int, ...]:
        """Return the thresholds that get a message of their own; farther ones stand in the weekly list."""
        thresholds = self.thresholds_of(place)
        return tuple(days for days in thresholds if days <= self.near_days) or (min(thresholds),)


# More attempts of one person within an hour tell nothing that these did not.
REFUSALS_AN_HOUR = 60
# For how long a confirmed restart and a removal can be undone with one click.
UNDO_FOR = timedelta(minutes=10)


class Nudge:
    """Tells everyone who runs a lane that something has become due."""

    def __init__(self) -> None:
        self._listening: list[asyncio.Event] = []

    def listen(self) -> asyncio.Event:
        """Return an event that every nudge sets from now on."""
        event = asyncio.Event()
        self._listening.append(event)
        return event

    def set(self) -> None:
        """Wake the outbox runners: something has become due."""
        for event in self._listening:
            event.set()


@dataclass(frozen=True, slots=True)
class Workload:
    """A program, by the subject that its issuer calls it."""

    issuer: str
    subject: str


class Issuers(Protocol):
    """The issuers of workload identities that the operator trusts, by their addresses."""

    names: tuple[str, ...]

    async def workload(self, token: SecretStr, now: datetime) -> Workload:
        """Return whose token this is. Raises :class:`BadToken`."""


class NoIssuers:
    """The operator names none."""

    names: tuple[str, ...] = ()

    async def workload(self, token: SecretStr, now: datetime) -> Workload:
        """Raise BadToken."""
        raise BadToken


@dataclass(slots=True)
class Desk:
    """The store, the opener and the clock (aware, UTC); ``nudge`` tells the runners what has become due.

    ``platforms`` restart apps; without them, none can be. ``handshakes`` reach partners. ``refusals`` bounds what is
    written down of attempts. ``pages_url`` is where people reach the desk's pages; empty where they do not.
    ``issuers`` say who a program is.
    """

    store: Store
    opener: Opener
    clock: Callable[[], datetime]
    policy: Policy = field(default_factory=Policy)
    nudge: Nudge = field(default_factory=Nudge)
    platforms: Platforms = field(default_factory=Platforms)
    handshakes: Handshakes = field(default_factory=NoHandshakes)
    refusals: Hourly = field(default_factory=lambda: Hourly(REFUSALS_AN_HOUR))
    pages_url: str = ""
    issuers: Issuers = field(default_factory=NoIssuers)

    def context(
        self,
        place: Environment | None = None,
        *,
        current: frozenset[str] = frozenset(),
        previous: bytes | None = None,
    ) -> Context:
        """Return what a file is checked against now: the environment's time zone and first expiry threshold.

        ``previous`` is the certificate (DER) that a new version follows.
        """
        thresholds = self.policy.thresholds_of(place) if place else self.policy.thresholds
        return Context(
            now=self.clock(),
            timezone=ZoneInfo(place.timezone) if place else UTC,
            first_threshold=max(thresholds),
            max_bytes=self.policy.max_bytes,
            current=current,
            previous=previous,
            min_rsa_bits=self.policy.min_rsa_bits,
        )


class Channels(Protocol):
    """The channels that a person is in."""

    async def ask(self, channel: str) -> None:
        """Find out whether the person is in the channel. Raises :class:`UnknownMembers`."""

    def has(self, channel: str) -> bool:
        """Return whether the person is in the channel; False for one that was not asked about."""

    async def companies(self, channel: str) -> tuple[str, ...]:
        """Return the names of other companies that share the channel. Raises :class:`UnknownMembers`."""


class Groups(Protocol):
    """The user groups that a person is in."""

    async def ask(self, group: str) -> None:
        """Find out whether the person is in the group. Raises :class:`UnknownGroup`."""

    def has(self, group: str) -> bool:
        """Return whether the person is in the group; False for one that was not asked about."""


class People(Protocol):
    """The people whom Slack describes."""

    async def member(self, id_: str) -> Member:
        """Return the person of an id, with their rights. Raises :class:`UnknownPerson`."""

    async def group(self, id_: str) -> frozenset[str]:
        """Return the ids of who is in a user group. Raises :class:`UnknownGroup`."""

    async def admins(self) -> tuple[str, ...]:
        """Return the ids of the workspace's admins, in order; none where it is not told who they are."""


class _Nowhere:
    async def ask(self, channel: str) -> None:
        """Nothing is known."""

    def has(self, channel: str) -> bool:
        return False

    async def companies(self, channel: str) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Member:
    """A person, as the edge found them; ``timezone`` is an IANA name.

    ``is_admin`` counts for the workspace that Certdesk works for; ``outside`` says why somebody is not of it.
    """

    id: str
    is_guest: bool = False
    is_admin: bool = False
    timezone: str = "UTC"
    outside: Outside | None = None
    channels: Channels = field(default=_Nowhere(), repr=False, compare=False)
    groups: Groups = field(default=_Nowhere(), repr=False, compare=False)

    def must_belong(self) -> None:
        """Raise :class:`NotOurs` for people of other companies, apps and deactivated accounts."""
        if self.outside is not None:
            raise NotOurs(self.outside)

    def must_manage(self) -> None:
        """Raise :class:`NotAllowed` if the member may only look, and as :meth:`must_belong`."""
        self.must_belong()
        if self.is_guest:
            raise NotAllowed

    @property
    def can_own(self) -> bool:
        """Return whether the member can be an owner: guests are called in vain for what they may not do."""
        return self.outside is None and not self.is_guest

    def must_change(self, place: Environment) -> None:
        """Raise :class:`NotInChannel` if the member is not in the environment's channel, and as :meth:`must_manage`.

        Where owners alone change it, raise :class:`NotTheOwner` for everybody else, admins excepted.
        """
        self.must_be_there(place)
        if place.owners_only and not self.is_admin and not self.owns(place):
            raise NotTheOwner(place.path, place.owners)

    def owns(self, place: Environment) -> bool:
        """Return whether the member is an owner, or in a user group that is one and that was asked about."""
        return self.id in place.owners or any(map(self.groups.has, place.groups))

    def must_be_there(self, place: Environment) -> None:
        """Raise :class:`NotInChannel` if the member is not in the environment's channel, and as :meth:`must_manage`."""
        self.must_manage()
        if not self.channels.has(place.channel):
            raise NotInChannel(place.path)

    def must_own(self, place: Environment) -> None:
        """Raise :class:`NotTheOwner` if the member is neither an owner nor an admin, and as :meth:`must_be_there`.

        An admin need not be in the channel: who else could give an environment that everybody has left to somebody?
        """
        self.must_manage()
        if self.is_admin:
            return
        self.must_be_there(place)
        if not self.owns(place):
            raise NotTheOwner(place.path, place.owners)
