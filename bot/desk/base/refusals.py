"""Recording what was refused: who tried what, where, and why not."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bot.desk.base.desk import Desk
from bot.desk.base.errors import (
    ChangedMeanwhile,
    DeskError,
    KeyPurged,
    LabelInUse,
    NotAllowed,
    NotHere,
    NotInChannel,
    NotOurs,
    NotTheOwner,
    NotYours,
    PinInUse,
    UnknownGroup,
    UnknownMembers,
    UnknownPerson,
)
from store import audit

log = structlog.get_logger(__name__)

# A mistyped name is no attempt at anything; these are somebody who may not, or who was too late.
_RECORDED = (
    NotAllowed,
    NotOurs,
    UnknownPerson,
    NotYours,
    NotTheOwner,
    NotHere,
    NotInChannel,
    UnknownMembers,
    UnknownGroup,
    PinInUse,
    LabelInUse,
    ChangedMeanwhile,
    KeyPurged,
)


async def record(desk: Desk, error: DeskError, *, member: str, channel: str, what: str) -> None:
    """Write a refusal down; ``what`` is our name for what was tried."""
    if isinstance(error, _RECORDED):
        await attempt(desk, member, {"why": type(error).__name__, "what": what, "channel": channel})


async def attempt(desk: Desk, member: str, detail: Mapping[str, str | int], *, environment: str | None = None) -> None:
    """Write an attempt down, up to so many of a member within an hour: the last of them says that more follow."""
    now = desk.clock()
    if (left := desk.refusals.left(member, now)) < 0:
        log.warning("attempt_not_recorded", member=member)
        return
    more: dict[str, str | int] = {"more": "not recorded within the hour"} if left == 0 else {}
    async with desk.store.transaction() as tx:
        tx.record(audit.Tag.ATTEMPT_REFUSED, member, now, {**detail, **more}, environment=environment)
