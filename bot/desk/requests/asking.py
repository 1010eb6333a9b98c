"""Doing a deed, or asking for it where the environment is protected."""

from __future__ import annotations

from bot.desk.base import calendar
from bot.desk.base.deeds import Acting, Deed, Done, Look
from bot.desk.base.errors import AwaitsApproval, TooManyRequests
from bot.desk.requests import kinds
from store import Environment, NewRequest, Request, rehearsal
from store.requests import requests

MOST = 20


async def perform(
    acting: Acting, deed: Deed[Done], *, label: str = "", upload_id: str | None = None, remarks: tuple[str, ...] = ()
) -> Done:
    """Do it now; in a protected environment, ask for it. Raises AwaitsApproval, TooManyRequests, and what it raises.

    ``label`` is what people call its subject, ``upload_id`` where it comes from; ``remarks`` are warnings that were
    accepted. The caller's transaction is committed although AwaitsApproval is raised (:mod:`bot.desk.base.access`).
    """
    if not acting.place.protected:
        return await deed.apply(acting)
    raise awaits(await _asked(acting, deed, label, upload_id, remarks), acting.place)


def awaits(request: Request, place: Environment) -> AwaitsApproval:
    """Return the answer to who asks for what waits already, or from now on."""
    return AwaitsApproval(place.path, request.expires_at, place.timezone)


async def _asked(
    acting: Acting, deed: Deed[Done], label: str, upload_id: str | None, remarks: tuple[str, ...]
) -> Request:
    tx, place = acting.tx, acting.place
    waiting = await requests.waiting(tx, [place.id])
    before = next((one for one in waiting if _is_same(one, acting, deed, upload_id)), None)
    if before is not None:  # a second click, or a second delivery of the first
        return before
    if len(waiting) >= MOST:
        raise TooManyRequests(place.path, MOST)
    old, new = await _both(acting, deed)
    new_request = NewRequest(
        environment_id=place.id,
        deed=deed.name,
        do=acting.do,
        shown={"label": label, "old": dict(old), "new": dict(new), "remarks": remarks},
        expires_at=calendar.working_days_later(acting.now, place, acting.desk.policy.request_days),
        upload_id=upload_id,
        secret=acting.secret,
    )
    request = await requests.ask(tx, new_request, by=acting.by, at=acting.now)
    await kinds.announce(tx, request)
    return request


def _is_same(one: Request, acting: Acting, deed: Deed[Done], upload_id: str | None) -> bool:
    if upload_id is not None:
        return one.upload_id == upload_id
    return (one.deed, one.asked_by, one.do) == (deed.name, acting.by, acting.do) and acting.secret is None


async def _both(acting: Acting, deed: Deed[Done]) -> tuple[Look, Look]:
    """Return how things are, and how they would be: it is tried, which finds what keeps it from being done as well."""
    old = await deed.look(acting.tx, acting.place, acting.do)
    async with rehearsal(acting.tx):
        await deed.apply(acting)
        new = await deed.look(acting.tx, acting.place, acting.do)
    return old, new
