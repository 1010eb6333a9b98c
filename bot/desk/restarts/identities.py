"""Workload identities of an environment: which programs get its bundle because an issuer says who they are."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.base.access import owning
from bot.desk.base.deeds import Acting
from bot.desk.base.desk import Desk, Member, Workload
from bot.desk.base.errors import BadSubject, KnownIdentity, UnknownIssuer
from bot.desk.base.lookup import meant
from bot.desk.requests.asking import perform
from bot.desk.restarts.tokens import TOKEN
from store import Environment
from store.restarts import tokens

_LONGEST = 255


@dataclass(frozen=True, slots=True)
class AddedIdentity:
    """An identity that gets the bundle from now on; it is told apart by ``hint``, as tokens are."""

    environment: Environment
    workload: Workload
    hint: str


async def add(
    desk: Desk, member: Member, channel: str, path: str | None, *, issuer: str, subject: str
) -> AddedIdentity:
    """Let a workload get the bundle.

    Raises UnknownIssuer, BadSubject, KnownIdentity, TooManyTokens, AwaitsApproval, and as :func:`owning`.
    """
    if issuer not in desk.issuers.names:
        raise UnknownIssuer(issuer, tuple(desk.issuers.names))
    if not 0 < len(subject) <= _LONGEST or not subject.isprintable():
        raise BadSubject(subject)
    workload = Workload(issuer, subject)
    async with owning(desk, member, meant(channel, path)) as (tx, place):
        made = tokens.of_workload(place.id, issuer, subject)
        if any((one.issuer, one.subject) == (issuer, subject) for one in await tokens.live(tx, place.id)):
            raise KnownIdentity(subject)
        do = {"digest": made.digest, "hint": made.hint, "issuer": issuer, "subject": subject}
        await perform(Acting(desk, tx, place, member.id, desk.clock(), do), TOKEN, label=subject)
    desk.nudge.set()
    return AddedIdentity(place, workload, made.hint)
