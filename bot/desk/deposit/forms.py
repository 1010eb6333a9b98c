"""What a modal asks before something is deposited: where to, under which label, with which password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.certificates import Use
from bot.desk.base import parsing
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import AlreadyStored, FileTrouble, NotYours, UploadGone
from bot.desk.base.lookup import of_channel
from bot.desk.requests.asking import awaits
from store import Environment, ReadTransaction, Upload, environments, uploads
from store.requests import requests

CLIENT, AUTHORITY = "client", "authority"
_NEEDS_PASSWORD = frozenset({Use.UNLOCK.value, Use.PART.value})


# Certificate, key and chain that belong together are dropped together; most of them fit into a list of checkboxes.
_PARTS = frozenset({Use.PART.value, Use.AUTHORITY.value})
_TOGETHER = timedelta(hours=1)
_MOST_PARTS = 10


@dataclass(frozen=True, slots=True)
class DepositForm:
    """What a modal asks: where to (the channel's environments), and whether a password is needed.

    ``parts`` are files that were dropped beside this one and may belong to it; ``is_part`` says that one must.
    """

    upload: Upload
    environments: tuple[Environment, ...]
    kind: str
    needs_password: bool
    suggested_label: str
    chosen: Environment | None = None
    parts: tuple[Upload, ...] = ()
    is_part: bool = False


async def form(desk: Desk, upload_id: str, member: Member) -> DepositForm:
    """Return what to ask about a dropped file. Raises UploadGone, NotYours, NotAllowed or AlreadyStored."""
    member.must_manage()
    async with desk.store.reading() as tx:
        upload = await _open_upload(tx, upload_id, member)
        here = await environments.bound_to(tx, upload.channel)
        is_part = upload.use == Use.PART
        parts = await beside(tx, upload, desk.clock()) if is_part else []
    return DepositForm(
        upload=upload,
        environments=tuple(here),
        kind=AUTHORITY if upload.use == Use.AUTHORITY else CLIENT,
        needs_password=upload.use in _NEEDS_PASSWORD,
        suggested_label=parsing.suggested_label(upload.name),
        parts=tuple(parts),
        is_part=is_part,
    )


async def ask(desk: Desk, channel: str, member: Member, *, environment: str | None = None) -> DepositForm:
    """Return what `/cert add` asks, without a file. Raises NoEnvironment, UnknownEnvironment, NotAllowed."""
    member.must_manage()
    async with desk.store.transaction() as tx:
        here, chosen = await of_channel(tx, channel, environment)
        upload = await uploads.ask(tx, channel=channel, member=member.id, at=desk.clock())
    return DepositForm(upload, tuple(here), CLIENT, needs_password=False, suggested_label="", chosen=chosen)


async def part_files(desk: Desk, upload_id: str, parts: Sequence[str], member: Member) -> list[str]:
    """Slack's ids of the dropped file and of the parts beside it; raises UploadGone, NotYours and FileTrouble."""
    async with desk.store.reading() as tx:
        found = [await own_upload(tx, id_, member) for id_ in dict.fromkeys((upload_id, *parts))]
    file_ids = [one.file_id for one in found if one.file_id is not None]
    if len(file_ids) != len(found):
        raise FileTrouble("gone")
    return file_ids


async def beside(tx: ReadTransaction, upload: Upload, now: datetime) -> list[Upload]:
    """Return the files that were dropped beside this one lately and may belong to it."""
    since = min(upload.at, now) - _TOGETHER
    found = await uploads.beside(tx, upload, _PARTS, since=since, most=_MOST_PARTS)
    # An authority that was added may be a chain's as well; a key or a leaf is used once.
    return [one for one in found if not one.finished or one.use == Use.AUTHORITY]


async def _open_upload(tx: ReadTransaction, upload_id: str, member: Member) -> Upload:
    upload = await own_upload(tx, upload_id, member)
    await must_not_wait(tx, upload)
    if upload.finished:
        raise AlreadyStored
    return upload


async def must_not_wait(tx: ReadTransaction, upload: Upload) -> None:
    """Raise AwaitsApproval if the upload was asked for, and AlreadyStored if that request has ended without it."""
    request = await requests.of_upload(tx, upload.id)
    place = await environments.get(tx, request.environment_id) if request else None
    if request and place and request.is_waiting:
        raise awaits(request, place)
    if upload.is_asked_for:
        raise AlreadyStored


async def own_upload(tx: ReadTransaction, upload_id: str, member: Member) -> Upload:
    """Return the member's own upload. Raises UploadGone or NotYours."""
    upload = await uploads.get(tx, upload_id)
    if upload is None:
        raise UploadGone
    if upload.member != member.id:
        raise NotYours(upload.member)
    return upload
