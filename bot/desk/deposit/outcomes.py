"""What can be asked of a deposit, and what can come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import SecretStr

from bot.certificates import Code, Report
from bot.desk.base.desk import Member
from store import Authority, Environment, PendingRestart, Version

FetchAll = Callable[[], Awaitable[list[bytes]]]


@dataclass(frozen=True, slots=True)
class DepositRequest:
    """A submitted modal. ``pins`` as typed; ``accepted`` are the warnings that were shown before this click.

    ``shown`` is the SHA-256 of the certificate that they were shown of, if any was. ``parts`` are uploads, dropped on
    their own, whose files belong to it.
    """

    upload_id: str
    member: Member
    environment_id: str
    label: str = ""
    pins: str = ""
    password: SecretStr | None = None
    accepted: frozenset[Code] = frozenset()
    shown: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deposited:
    """A client certificate is kept."""

    version: Version
    environment: Environment
    report: Report | None
    restart: PendingRestart | None


@dataclass(frozen=True, slots=True)
class AuthoritiesDeposited:
    """Authorities are kept; ``already`` counts those that the environment had before."""

    added: tuple[Authority, ...]
    already: int
    environment: Environment
    report: Report | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something in the way; nothing was stored."""

    report: Report


@dataclass(frozen=True, slots=True)
class AsksAgain:
    """Nothing in the way, but warnings that were not shown before; nothing was stored."""

    report: Report
    environment: Environment


Outcome = Deposited | AuthoritiesDeposited | Refused | AsksAgain
