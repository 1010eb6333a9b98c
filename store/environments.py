"""Environments: an app has them, and each belongs to one channel."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.exc import IntegrityError

from store import audit, schedules
from store.database import ReadTransaction, Transaction, holding
from store.errors import AlreadyExists, NotFound
from store.models import EnvironmentRow, copied, new_id
from store.schedules import Schedule

_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that is there (not removed).

    ``owners`` decide about it, and are mentioned when reminders stay unanswered: people and user groups, by their ids.
    With ``owners_only`` they alone change it; where it is ``protected``, a change waits for a second one of them.
    ``runtime`` says what its certificates are packed for when they are delivered to the app. ``revision`` grows with
    every change that the app has to load.
    """

    id: str
    app: str
    name: str
    channel: str
    timezone: str
    runtime: str
    created_by: str
    created_at: datetime
    owners: tuple[str, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)
    owners_only: bool = False
    protected: bool = False
    revision: int = 0

    @property
    def path(self) -> str:
        """Return it as people write it: ``orders/production``."""
        return f"{self.app}/{self.name}"

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the user groups among the owners: Slack's ids of them begin with an S."""
        return tuple(one for one in self.owners if is_group(one))


def is_group(owner: str) -> bool:
    """Return whether an owner is a user group, and no person."""
    return owner.startswith("S")


async def add(
    tx: Transaction, *, app: str, name: str, channel: str, timezone: str, by: str, at: datetime
) -> Environment:
    """Add an environment and bind it to ``channel``; raises :class:`AlreadyExists`."""
    row = EnvironmentRow(
        id=new_id(),
        app=app,
        name=name,
        channel=channel,
        timezone=timezone,
        runtime="java",
        created_by=by,
        created_at=at,
        owners_only=False,
        protected=False,
        revision=0,
    )
    try:
        async with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:
        raise AlreadyExists(f"{app}/{name}") from None
    tx.record(audit.Tag.ENVIRONMENT_ADDED, by, at, environment=row.id, path=f"{app}/{name}")
    return _environment(row)


async def get(tx: ReadTransaction, id_: str) -> Environment | None:
    """Return the environment, or None where it does not exist or was removed."""
    row = await _present(tx, EnvironmentRow.id == id_)
    return _environment(row) if row else None


async def find(tx: ReadTransaction, app: str, name: str) -> Environment | None:
    """Return the environment of that path."""
    row = await _present(tx, (EnvironmentRow.app == app) & (EnvironmentRow.name == name))
    return _environment(row) if row else None


async def bound_to(tx: ReadTransaction, channel: str) -> list[Environment]:
    """Return the environments of a channel, by app and name."""
    return await _listed(tx, EnvironmentRow.channel == channel)


async def in_channels(tx: ReadTransaction, channels: Collection[str]) -> list[Environment]:
    """Return the environments of some channels, by app and name."""
    ordered, found = sorted(channels), []
    for at in range(0, len(ordered), _AT_A_TIME):
        found += await _listed(tx, EnvironmentRow.channel.in_(ordered[at : at + _AT_A_TIME]))
    return sorted(found, key=lambda one: (one.app, one.name))


async def owned_by(tx: ReadTransaction, member: str) -> list[Environment]:
    """Return the environments whose owners a member is one of, named or perhaps in a user group, by app and name."""
    # The owners are a list in JSON: narrowed down by its text, and then looked at.
    text = cast(EnvironmentRow.owners, Text)
    named = text.contains(f'"{member}"', autoescape=True) | text.contains('"S', autoescape=True)
    own = EnvironmentRow.owners.is_(None) & (EnvironmentRow.created_by == member)
    return [one for one in await _listed(tx, own | named) if member in one.owners or one.groups]


async def all_(tx: ReadTransaction) -> list[Environment]:
    """Return every environment, by app and name."""
    return await _listed(tx)


async def _listed(tx: ReadTransaction, *conditions: ColumnElement[bool]) -> list[Environment]:
    query = select(EnvironmentRow).where(EnvironmentRow.removed_at.is_(None), *conditions)
    # Sorted here: databases do not agree on where a dash goes.
    rows = sorted(await tx.session.scalars(query), key=lambda row: (row.app, row.name))
    return [_environment(row) for row in rows]


async def bind(tx: Transaction, id_: str, *, channel: str, by: str, at: datetime) -> Environment:
    """Bind the environment to another channel; raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    was, row.channel = row.channel, channel
    tx.record(audit.Tag.ENVIRONMENT_BOUND, by, at, {"from": was, "to": channel}, environment=id_)
    return _environment(row)


async def set_timezone(tx: Transaction, id_: str, *, timezone: str, by: str, at: datetime) -> Environment:
    """Change the zone in which mornings begin; raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    was, row.timezone = row.timezone, timezone
    tx.record(audit.Tag.ENVIRONMENT_TIMEZONE, by, at, {"from": was, "to": timezone}, environment=id_)
    return _environment(row)


async def set_owners(tx: Transaction, id_: str, *, owners: Sequence[str], by: str, at: datetime) -> Environment:
    """Set the owners, who are mentioned when reminders stay unanswered; raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    row.owners = list(owners)
    tx.record(audit.Tag.ENVIRONMENT_OWNERS, by, at, environment=id_, owners=" ".join(owners))
    return _environment(row)


async def set_access(
    tx: Transaction, id_: str, *, owners_only: bool, protected: bool, by: str, at: datetime
) -> Environment:
    """Set who may change it, and whether a second person must approve that; raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    row.owners_only, row.protected = owners_only, protected
    detail: dict[str, str | int] = {"owners_only": int(owners_only), "protected": int(protected)}
    tx.record(audit.Tag.ENVIRONMENT_ACCESS, by, at, detail, environment=id_)
    return _environment(row)


async def set_schedule(tx: Transaction, id_: str, *, schedule: Schedule, by: str, at: datetime) -> Environment:
    """Change when the environment hears of things; raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    row.schedule = schedules.as_json(schedule)
    tx.record(
        audit.Tag.ENVIRONMENT_SCHEDULE, by, at, environment=id_, schedule=json.dumps(row.schedule, sort_keys=True)
    )
    return _environment(row)


async def remove(tx: Transaction, id_: str, *, by: str, at: datetime) -> None:
    """Remove the environment; what it holds stays as it is, and comes back with it. Raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    row.removed_at, row.removed_by = at, by
    tx.record(audit.Tag.ENVIRONMENT_REMOVED, by, at, environment=id_)


async def restore(tx: Transaction, id_: str, *, by: str, at: datetime) -> Environment:
    """Bring a removed environment back; raises :class:`NotFound` and, for its path, :class:`AlreadyExists`."""
    query = select(EnvironmentRow).where(EnvironmentRow.id == id_, EnvironmentRow.removed_at.is_not(None))
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("removed environment", id_)
    path = f"{row.app}/{row.name}"
    try:
        async with tx.session.begin_nested():
            row.removed_at = row.removed_by = None
    except IntegrityError:
        raise AlreadyExists(path) from None
    tx.record(audit.Tag.ENVIRONMENT_RESTORED, by, at, environment=id_)
    return _environment(row)


async def known(tx: ReadTransaction, id_: str) -> Environment | None:
    """Return the environment, removed or not."""
    row = await tx.session.get(EnvironmentRow, id_)
    return _environment(row) if row else None


@dataclass(frozen=True, slots=True)
class Removed:
    """An environment that was removed, and when."""

    environment: Environment
    at: datetime


async def removed(tx: ReadTransaction, *, channel: str = "", id_: str = "") -> list[Removed]:
    """Return the removed environments of a channel, latest first, or the one of that id if it is one."""
    meant = EnvironmentRow.id == id_ if id_ else EnvironmentRow.channel == channel
    query = select(EnvironmentRow).where(meant, EnvironmentRow.removed_at.is_not(None))
    rows = await tx.session.scalars(query.order_by(EnvironmentRow.removed_at.desc(), EnvironmentRow.id))
    return [Removed(_environment(row), row.removed_at) for row in rows if row.removed_at is not None]


async def require(tx: Transaction, id_: str) -> Environment:
    """Return the environment, held until the commit so that nobody removes it meanwhile. Raises :class:`NotFound`."""
    return _environment(await _lock(tx, id_))


async def next_revision(tx: Transaction, id_: str) -> int:
    """Count on the revision for a change that the app has to load, and return it; raises :class:`NotFound`."""
    row = await _lock(tx, id_)
    row.revision += 1
    return row.revision


async def revisions(tx: ReadTransaction, ids: Collection[str]) -> dict[str, int]:
    """Return the revision of each of these environments that is there."""
    ordered, found = sorted(ids), dict[str, int]()
    for at in range(0, len(ordered), _AT_A_TIME):
        some = EnvironmentRow.id.in_(ordered[at : at + _AT_A_TIME])
        query = select(EnvironmentRow.id, EnvironmentRow.revision).where(some, EnvironmentRow.removed_at.is_(None))
        found.update({id_: revision for id_, revision in await tx.session.execute(query)})
    return found


async def _lock(tx: Transaction, id_: str) -> EnvironmentRow:
    query = select(EnvironmentRow).where(EnvironmentRow.id == id_, EnvironmentRow.removed_at.is_(None))
    row = (await tx.session.execute(holding(query))).scalar_one_or_none()
    if row is None:
        raise NotFound("environment", id_)
    return row


async def _present(tx: ReadTransaction, condition: ColumnElement[bool]) -> EnvironmentRow | None:
    query = select(EnvironmentRow).where(condition, EnvironmentRow.removed_at.is_(None))
    return (await tx.session.execute(query)).scalar_one_or_none()


def _environment(row: EnvironmentRow) -> Environment:
    owners = row.owners if row.owners is not None else [row.created_by]
    return copied(Environment, row, owners=tuple(owners), schedule=schedules.from_json(row.schedule))
