"""A file was dropped: remember it before anything else, then say to its uploader what it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.certificates import Format, Survey, Use, sniff, too_large
from bot.desk.base.desk import Desk
from bot.desk.base.errors import UploadGone
from bot.desk.deposit import forms, left_keys
from bot.desk.deposit.kinds import OFFER
from store import Environment, Upload, environments, uploads

# Slower than files are looked into, so that nobody's files are all that is due.
_AT_ONCE, _APART = 10, timedelta(seconds=0.5)
_LOOKED_AT_BY_THEN = timedelta(hours=1)
Fetch = Callable[[], Awaitable[bytes]]

# Content alone decides what a file is. Its name decides only whether a person expects an answer from us.
_EXPECTED = frozenset(
    {"pfx", "p12", "pem", "crt", "cer", "der", "key", "p7b", "p7c", "jks", "jceks", "keystore", "pkcs12", "p8", "pk8"}
)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What the edge knows of a file before it is fetched; ``size`` in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What to say to the uploader: what the file is, where it could go, and what was dropped with it and not added."""

    upload: Upload
    survey: Survey
    environments: tuple[Environment, ...]
    beside: tuple[Upload, ...] = ()


async def notice(desk: Desk, *, file_id: str, channel: str, member: str) -> None:
    """Remember that a file was shared, once however often it is told; commit before the event is acknowledged."""
    now = desk.clock()
    async with desk.store.transaction() as tx:
        ahead = await uploads.waiting(tx, channel=channel, member=member, since=now - _LOOKED_AT_BY_THEN)
        upload, new = await uploads.notice(tx, file_id=file_id, channel=channel, member=member, at=now)
        if new:
            await OFFER.schedule(tx, upload.id, key=f"offer:{upload.id}", at=now + _one_by_one(ahead))
    desk.nudge.set()


def _one_by_one(ahead: int) -> timedelta:
    """Return how long a file waits that comes behind others: whoever drops hundreds leaves room for other people's."""
    return max(ahead - _AT_ONCE, 0) * _APART


async def offer(desk: Desk, upload_id: str, *, info: FileInfo, fetch: Fetch) -> Offer | None:
    """Look into the file; None means silence, since it has nothing to do with us. Raises what ``fetch`` raises."""
    survey = await _survey(desk, info, fetch, (await get(desk, upload_id)).member)
    silent = survey.use is Use.FOREIGN and not expects_an_answer(info.name)
    async with desk.store.transaction() as tx:
        upload = await uploads.describe(
            tx,
            upload_id,
            name=info.name,
            size=info.size,
            use=survey.use,
            holds_key=survey.holds_key,
            state=uploads.SILENT if silent else uploads.OFFERED,
        )
        if upload.holds_key and not silent:
            await left_keys.watch(tx, upload, desk.clock())
        here = await environments.bound_to(tx, upload.channel)
        dropped = await forms.beside(tx, upload, desk.clock()) if survey.use is Use.PART else []
    if silent:
        return None
    return Offer(upload, survey, tuple(here), tuple(one for one in dropped if not one.finished))


async def _survey(desk: Desk, info: FileInfo, fetch: Fetch, member: str) -> Survey:
    if info.size > desk.policy.max_bytes:
        return _too_large(desk, info.size, Format.UNKNOWN)
    data = await fetch()
    if len(data) > desk.policy.max_bytes:
        return _too_large(desk, len(data), sniff(data))
    return await desk.opener.survey(data, desk.context(), member=member)


def _too_large(desk: Desk, size: int, kind: Format) -> Survey:
    return Survey(kind, size, Use.FOREIGN, findings=(too_large(desk.policy.max_bytes),))


def expects_an_answer(name: str) -> bool:
    """Return whether a file is called like a certificate or a key; of all others nothing is said."""
    return name.rsplit(".", 1)[-1].lower() in _EXPECTED if "." in name else False


async def get(desk: Desk, upload_id: str) -> Upload:
    """Return the upload. Raises :class:`UploadGone`."""
    async with desk.store.reading() as tx:
        upload = await uploads.get(tx, upload_id)
    if upload is None:
        raise UploadGone
    return upload


async def cleaned(desk: Desk, upload_id: str) -> None:
    """Record that the file that held a key is gone from the channel."""
    async with desk.store.transaction() as tx:
        await uploads.set_state(tx, upload_id, uploads.CLEANED)
