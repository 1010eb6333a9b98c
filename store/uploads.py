"""Uploads: one attempt to deposit something, from a file in a channel or from `/cert add`. No bytes are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import ReadTransaction, Transaction, holding
from store.errors import NotFound
from store.models import UploadRow, copied, new_id

NOTICED, OFFERED, SILENT, STORED, CLEANED = "noticed", "offered", "silent", "stored", "cleaned"
# A request for approval was made of it.
ASKED = "asked"
FINISHED = frozenset({STORED, CLEANED})
_LONGEST_ID = 32
# Who dropped a file is asked about it for three weeks at most, and a form is not open that long.
_KEPT, _FORGOTTEN_AT_A_TIME = timedelta(days=30), 20
_SETTLED = FINISHED | {ASKED}


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload; ``file_id`` is None for `/cert add`, whose files exist only when its modal is submitted."""

    id: str
    file_id: str | None
    channel: str
    member: str
    name: str
    size: int
    use: str | None
    state: str
    holds_key: bool
    at: datetime

    @property
    def finished(self) -> bool:
        """True once something was stored from it."""
        return self.state in FINISHED

    @property
    def is_asked_for(self) -> bool:
        """Return whether a request for approval was made of it."""
        return self.state == ASKED


async def notice(tx: Transaction, *, file_id: str, channel: str, member: str, at: datetime) -> tuple[Upload, bool]:
    """Remember that a file was shared in a channel; the flag tells whether that was new (Slack delivers events again).

    A row has the file's id, and in every further channel that channel's id behind a colon.
    """
    await _forget_unfinished(tx, channel, member, at)
    row, new = await _noticed(tx, file_id, channel, member, at)
    if row.channel != channel:
        row, new = await _noticed(tx, f"{file_id}:{channel}"[:_LONGEST_ID], channel, member, at)
    return _upload(row), new


async def _noticed(tx: Transaction, key: str, channel: str, member: str, at: datetime) -> tuple[UploadRow, bool]:
    insert = postgresql.insert if tx.on_postgresql else sqlite.insert
    statement = insert(UploadRow).values(**_fresh(channel, member, at), file_id=key)
    done = await tx.session.execute(statement.on_conflict_do_nothing().returning(UploadRow.id))
    new = done.scalar_one_or_none() is not None
    return (await tx.session.execute(select(UploadRow).where(UploadRow.file_id == key))).scalar_one(), new


async def ask(tx: Transaction, *, channel: str, member: str, at: datetime) -> Upload:
    """Begin an upload that has no file yet: somebody opens the modal of `/cert add`."""
    await _forget_unfinished(tx, channel, member, at)
    row = UploadRow(**_fresh(channel, member, at))
    tx.session.add(row)
    await tx.session.flush()
    return _upload(row)


async def waiting(tx: ReadTransaction, *, channel: str, member: str, since: datetime) -> int:
    """Count the member's files in the channel that nobody has looked into yet."""
    query = select(func.count()).where(
        UploadRow.channel == channel,
        UploadRow.member == member,
        UploadRow.at >= since,
        UploadRow.state == NOTICED,
        UploadRow.file_id.is_not(None),
    )
    return (await tx.session.execute(query)).scalar_one()


async def _forget_unfinished(tx: Transaction, channel: str, member: str, now: datetime) -> None:
    """Delete the member's oldest uploads there of which nothing ever came: with each new one some, so that all go."""
    old = (
        select(UploadRow.id)
        .where(
            UploadRow.channel == channel,
            UploadRow.member == member,
            UploadRow.at < now - _KEPT,
            UploadRow.state.in_((NOTICED, OFFERED, SILENT)),
        )
        .order_by(UploadRow.at)
        .limit(_FORGOTTEN_AT_A_TIME)
    )
    ids = list(await tx.session.scalars(old))
    if ids:
        await tx.session.execute(delete(UploadRow).where(UploadRow.id.in_(ids)))


async def describe(tx: Transaction, id_: str, *, name: str, size: int, use: str, holds_key: bool, state: str) -> Upload:
    """Record what the file is; a finished upload keeps its state. Raises NotFound."""
    row = await lock(tx, id_)
    row.name, row.size, row.use, row.holds_key = name, size, use, holds_key
    if row.state not in _SETTLED:
        row.state = state
    return _upload(row)


async def beside(
    tx: ReadTransaction, upload: Upload, uses: Collection[str], *, since: datetime, most: int
) -> list[Upload]:
    """Return the member's other files in that channel that are of these uses and may still lie there, newest first."""
    query = (
        select(UploadRow)
        .where(
            UploadRow.channel == upload.channel,
            UploadRow.member == upload.member,
            UploadRow.id != upload.id,
            UploadRow.file_id.is_not(None),
            UploadRow.use.in_(tuple(uses)),
            UploadRow.state.in_((OFFERED, STORED)),
            UploadRow.at >= since,
        )
        .order_by(UploadRow.at.desc(), UploadRow.id)
        .limit(most)
    )
    return [_upload(row) for row in await tx.session.scalars(query)]


async def all_held(tx: Transaction, ids: Iterable[str]) -> list[Upload]:
    """Uploads, held until the commit in the order of their ids, so that nobody waits for each other."""
    return [await held(tx, id_) for id_ in sorted(set(ids))]


async def set_state(tx: Transaction, id_: str, state: str) -> Upload:
    """Change the state alone; raises :class:`NotFound`."""
    row = await lock(tx, id_)
    row.state = state
    return _upload(row)


async def forget_key(tx: Transaction, id_: str) -> None:
    """Record that the file, and with it a private key, is in the channel no longer; raises :class:`NotFound`."""
    (await lock(tx, id_)).holds_key = False


async def get(tx: ReadTransaction, id_: str) -> Upload | None:
    """Return the upload, if there is one of that id."""
    row = await tx.session.get(UploadRow, id_)
    return _upload(row) if row else None


async def held(tx: Transaction, id_: str) -> Upload:
    """Return the upload, held until the commit as by :func:`lock`. Raises :class:`NotFound`."""
    return _upload(await lock(tx, id_))


async def lock(tx: Transaction, id_: str) -> UploadRow:
    """Return the row, held until the commit: two submissions of one upload follow each other. Raises NotFound."""
    query = select(UploadRow).where(UploadRow.id == id_)
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("upload", id_)
    return row


def _fresh(channel: str, member: str, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "channel": channel,
        "member": member,
        "name": "",
        "size": 0,
        "state": NOTICED,
        "holds_key": False,
        "at": at,
    }


def _upload(row: UploadRow) -> Upload:
    file_id = row.file_id.partition(":")[0] if row.file_id else None
    return copied(Upload, row, file_id=file_id)
