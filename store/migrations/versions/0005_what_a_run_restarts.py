"""What a run restarts, when it saw the app stopped, and when the app was known to run again.

Runs that are there already restarted what their environment is connected to. Their alarms get the name of a first
occurrence, since an alarm comes back from now on.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_TABLE = "performed_restart"


def upgrade() -> None:
    """Add the columns, and fill them for what is there."""
    op.add_column(_TABLE, sa.Column("kind", sa.String(16), nullable=False, server_default="mendix"))
    op.add_column(_TABLE, sa.Column("target", sa.Text(), nullable=False, server_default=""))
    op.add_column(_TABLE, sa.Column("stopped_at", _TIME, nullable=True))
    op.add_column(_TABLE, sa.Column("over_at", _TIME, nullable=True))
    op.create_index("ix_performed_restart_began", _TABLE, ["environment_id", "began_at"])
    _name_targets()
    due = sa.table("due", *(sa.column(name, sa.String()) for name in ("kind", "key", "subject")))
    first = {"key": due.c.key + sa.literal(":1"), "subject": due.c.subject + sa.literal(":1")}
    op.get_bind().execute(sa.update(due).where(due.c.kind.in_(("alarm", "alarm-over"))).values(first))


def _name_targets() -> None:
    connections = sa.table(
        "connection", sa.column("environment_id"), sa.column("kind"), sa.column("settings", sa.JSON())
    )
    runs = sa.table(_TABLE, sa.column("environment_id"), sa.column("kind"), sa.column("target"))
    bind = op.get_bind()
    for environment_id, kind, settings in bind.execute(sa.select(connections)).all():
        target = urlsplit(settings["url"]).netloc if kind == "webhook" else f"{settings['app']}/{settings['mode']}"
        here = runs.c.environment_id == environment_id
        bind.execute(sa.update(runs).where(here).values(kind=kind, target=target))
