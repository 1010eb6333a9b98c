"""Recording what was refused: who tried what, where, and why not."""

from __future__ import annotations

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
    UnknownMembers,
    UnknownPerson,
)
from store import audit

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
    PinInUse,
    LabelInUse,
    ChangedMeanwhile,
    KeyPurged,
)


async def record(desk: Desk, error: DeskError, *, member: str, channel: str, what: str) -> None:
    """Write a refusal down; ``what`` is our name for what was tried."""
    if not isinstance(error, _RECORDED):
        return
    detail: dict[str, str | int] = {"why": type(error).__name__, "what": what, "channel": channel}
    async with desk.store.transaction() as tx:
        tx.record(audit.Tag.ATTEMPT_REFUSED, member, desk.clock(), detail)
