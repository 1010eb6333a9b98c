"""Private keys that are left in a channel: their uploader is asked to delete them until they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.desk.base import calendar
from bot.desk.base.desk import Desk, People
from bot.desk.base.errors import UnknownGroup
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from store import Schedule, Transaction, Upload, environments, uploads
from store.environments import is_group

_FIRST_AFTER, _LONGEST = timedelta(hours=1), timedelta(days=14)
# Slack may refuse for ever to tell somebody who has left.
_GIVEN_UP = timedelta(days=21)
# A user group may be the whole company.
_MOST_TOLD = 30


@dataclass(frozen=True, slots=True)
class KeyLeft:
    """Ask the uploader to delete a file with a private key; ``last`` if nobody is asked again."""

    upload: Upload
    last: bool


async def watch(tx: Transaction, upload: Upload, now: datetime) -> None:
    """Ask an hour from now, and then each working morning for two weeks, unless the file is gone."""
    await _schedule(tx, upload.id, 1, now + _FIRST_AFTER)


async def gone(desk: Desk, upload_id: str) -> None:
    """Record that the file is no longer in the channel: nobody is asked again."""
    async with desk.store.transaction() as tx:
        await uploads.forget_key(tx, upload_id)


async def _load(due: Loading) -> Loaded[KeyLeft]:
    upload = await uploads.get(due.tx, due.item.subject)
    if upload is None or not _is_watched(upload) or due.now >= upload.at + _GIVEN_UP:
        return None
    return KeyLeft(upload, due.now >= upload.at + _LONGEST)


async def _after(sent: Sent[KeyLeft]) -> None:
    upload = await uploads.get(sent.tx, sent.item.subject)
    if sent.facts is None or sent.facts.last or upload is None or not _is_watched(upload):
        return
    here = await environments.bound_to(sent.tx, upload.channel)
    # A key that others can download is no change that a freeze holds back.
    schedule = replace(here[0].schedule, freezes=()) if here else Schedule()
    at = calendar.next_morning(sent.now, here[0].timezone if here else "UTC", schedule)
    await _schedule(sent.tx, upload.id, int((sent.item.payload or {})["occurrence"]) + 1, at)


def _is_watched(upload: Upload) -> bool:
    return upload.holds_key and upload.state != uploads.CLEANED


async def _schedule(tx: Transaction, upload_id: str, occurrence: int, at: datetime) -> None:
    key, payload = f"key-left:{upload_id}:{occurrence}", {"occurrence": occurrence}
    await KEY_LEFT.schedule(tx, upload_id, key=key, at=at, payload=payload)


@dataclass(frozen=True, slots=True)
class KeyLeaked:
    """Tell an owner that a private key lies in a channel that other companies (``companies``, by name) share."""

    upload: Upload
    owner: str
    companies: tuple[str, ...]


async def leaked(desk: Desk, upload: Upload, companies: Sequence[str], people: People) -> None:
    """Tell the owners of the channel's environments, each once; the uploader is told where they dropped the file.

    Of a user group ``people`` says who is in it.
    """
    now = desk.clock()
    async with desk.store.reading() as tx:
        here = await environments.bound_to(tx, upload.channel)
    owners = {one for place in here for one in place.owners if not is_group(one)}
    for group in {one for place in here for one in place.groups}:
        with suppress(UnknownGroup):
            owners |= await people.group(group)
    async with desk.store.transaction() as tx:
        for owner in sorted(owners - {upload.member})[:_MOST_TOLD]:
            payload = {"owner": owner, "companies": list(companies)}
            await KEY_LEAKED.schedule(tx, upload.id, key=f"key-leaked:{upload.id}:{owner}", at=now, payload=payload)
    desk.nudge.set()


async def _load_leaked(due: Loading) -> Loaded[KeyLeaked]:
    upload = await uploads.get(due.tx, due.item.subject)
    return KeyLeaked(upload, due.payload["owner"], tuple(due.payload["companies"])) if upload else None


KEY_LEAKED = Kind("key-leaked", KeyLeaked, _load_leaked, "the warning of a leaked private key")
KEY_LEFT = Kind("key-left", KeyLeft, _load, "the request to delete a private key", after=_after)
