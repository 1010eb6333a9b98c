"""What a modal asks before something is deposited: where to, under which label, with which password."""

from __future__ import annotations

from dataclasses import dataclass

from bot.certificates import Use
from bot.desk import words
from bot.desk.desk import Desk, Member
from bot.desk.environments import of_channel
from bot.desk.errors import AlreadyStored, NotYours, UploadGone
from store import Environment, Transaction, Upload, environments, uploads

CLIENT, AUTHORITY = "client", "authority"
_NEEDS_PASSWORD = frozenset({Use.UNLOCK.value})


@dataclass(frozen=True, slots=True)
class DepositForm:
    """What a modal asks: where to (the channel's environments), and whether a password is needed."""

    upload: Upload
    environments: tuple[Environment, ...]
    kind: str
    needs_password: bool
    suggested_label: str
    chosen: Environment | None = None


async def form(desk: Desk, upload_id: str, member: Member) -> DepositForm:
    """What to ask about a dropped file; raises UploadGone, NotYours, NotAllowed or AlreadyStored."""
    member.must_manage()
    async with desk.store.transaction() as tx:
        upload = await _open_upload(tx, upload_id, member)
        here = await environments.bound_to(tx, upload.channel)
    return DepositForm(
        upload=upload,
        environments=tuple(here),
        kind=AUTHORITY if upload.use == Use.AUTHORITY else CLIENT,
        needs_password=upload.use in _NEEDS_PASSWORD,
        suggested_label=words.suggested_label(upload.name),
    )


async def ask(desk: Desk, channel: str, member: Member, *, environment: str | None = None) -> DepositForm:
    """What to ask where no file was dropped (`/cert add`); raises NoEnvironment, UnknownEnvironment, NotAllowed."""
    member.must_manage()
    async with desk.store.transaction() as tx:
        here, chosen = await of_channel(tx, channel, environment)
        upload = await uploads.ask(tx, channel=channel, member=member.id, at=desk.clock())
    return DepositForm(upload, tuple(here), CLIENT, needs_password=False, suggested_label="", chosen=chosen)


async def _open_upload(tx: Transaction, upload_id: str, member: Member) -> Upload:
    upload = await uploads.get(tx, upload_id)
    if upload is None:
        raise UploadGone
    if upload.member != member.id:
        raise NotYours(upload.member)
    if upload.finished:
        raise AlreadyStored
    return upload
