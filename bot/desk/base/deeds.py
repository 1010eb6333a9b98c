"""Deeds: changes that wait for a second person where an environment is protected.

A deed is declared once, in its feature. It is done at once, or asked for and done later, by the same function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import SecretBytes

from bot.desk.base.desk import Desk
from store import Environment, ReadTransaction, Transaction

Done = TypeVar("Done")
Do: TypeAlias = Mapping[str, Any]
"""What would be done: JSON."""
Look: TypeAlias = Mapping[str, tuple[str, ...]]
"""How something is, by the name of the fact: what a person compares before they decide. Times are RFC 3339."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A deed being done at ``now``, in a transaction that holds the environment.

    ``by`` asked for it and ``approved_by``, if anybody had to, approved it. ``secret`` is a key or a credential that
    it brings; ``ready`` is what :attr:`Deed.prepare` returned. ``request_id`` is the request that is being approved.
    """

    desk: Desk
    tx: Transaction
    place: Environment
    by: str
    now: datetime
    do: Do
    secret: SecretBytes | None = None
    ready: Any = None
    approved_by: str = ""
    request_id: str = ""

    @property
    def approval(self) -> dict[str, str]:
        """Return who approved it, as the payload of a message has it; empty if nobody had to."""
        return {"approved_by": self.approved_by} if self.approved_by else {}


@dataclass(frozen=True, slots=True)
class Preparing:
    """What is looked at before the transaction of an approved deed: ``by`` is who approves it."""

    desk: Desk
    place: Environment
    do: Do
    secret: SecretBytes
    by: str


async def _nothing(_preparing: Preparing) -> None:
    """Most deeds have nothing that would take longer than a transaction may."""


@dataclass(frozen=True, slots=True)
class Deed(Generic[Done]):
    """A change: ``name`` is stored with requests and never renamed.

    ``look`` returns how things are that it changes; ``apply`` changes them, and raises what keeps it from that.
    ``prepare`` checks what it brings once more, before an approved one is done. ``owners`` alone ask for some.
    """

    name: str
    look: Callable[[ReadTransaction, Environment, Do], Awaitable[Look]]
    apply: Callable[[Acting], Awaitable[Done]]
    prepare: Callable[[Preparing], Awaitable[Any]] = _nothing
    owners: bool = False


Deeds: TypeAlias = Mapping[str, Deed[Any]]
