"""What is there is watched for its end: a due item for each version and authority, and a digest for each channel"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DUE = sa.table(
    "due",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("subject", sa.String),
    sa.column("key", sa.String),
    sa.column("due_at", sa.DateTime(timezone=True)),
    sa.column("attempts", sa.Integer),
)


def upgrade() -> None:
    now = sa.literal(datetime.now(UTC), sa.DateTime(timezone=True))
    version = sa.table("version", sa.column("id"), sa.column("purged_at"))
    authority = sa.table("authority", sa.column("id"))
    for kind, table in (("version", version), ("authority", authority)):
        rows = sa.select(
            table.c.id,
            sa.literal("expiry"),
            sa.literal(f"{kind}:") + table.c.id,
            sa.literal("expiry:") + table.c.id + sa.literal(":first"),
            now,
            sa.literal(0),
        )
        kept = rows.where(version.c.purged_at.is_(None)) if table is version else rows
        op.execute(_DUE.insert().from_select([column.name for column in _DUE.columns], kept))
    place = sa.table("environment", sa.column("id"), sa.column("channel"), sa.column("removed_at"))
    channels = (
        sa.select(
            sa.func.min(place.c.id),
            sa.literal("digest"),
            place.c.channel,
            sa.literal("digest:") + place.c.channel + sa.literal(":first"),
            now,
            sa.literal(0),
        )
        .where(place.c.removed_at.is_(None))
        .group_by(place.c.channel)
    )
    op.execute(_DUE.insert().from_select([column.name for column in _DUE.columns], channels))
