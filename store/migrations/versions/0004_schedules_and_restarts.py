"""When each environment wants to hear of things, restarts that Certdesk performs, and a queue with lanes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_OPEN = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.add_column("environment", sa.Column("owners", sa.JSON(), nullable=True))
    op.add_column("environment", sa.Column("schedule", sa.JSON(), nullable=True))
    _lanes()
    _ends()
    op.create_table(
        "pause",
        sa.Column("method", sa.String(64), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("method", name="pk_pause"),
    )
    _connections()
    _performed()
    _hooks()


def _lanes() -> None:
    op.add_column("due", sa.Column("lane", sa.String(16), nullable=False, server_default="say"))
    op.add_column("due", sa.Column("environment_id", sa.String(32), nullable=True))
    op.add_column("due", sa.Column("unsure_since", _TIME, nullable=True))
    op.execute("UPDATE due SET lane = 'look' WHERE kind = 'offer'")
    op.drop_index("ix_due_open", table_name="due")
    op.create_index("ix_due_open", "due", ["lane", "due_at", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def _ends() -> None:
    op.add_column("version", sa.Column("environment_id", sa.String(32), nullable=True))
    op.execute(
        "UPDATE version SET environment_id = "
        "(SELECT certificate.environment_id FROM certificate WHERE certificate.id = version.certificate_id)"
    )
    op.create_index("ix_version_environment_end", "version", ["environment_id", "effective_end"])
    op.create_index("ix_authority_environment_end", "authority", ["environment_id", "not_after"])


def _connections() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("environment_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name="fk_connection_environment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_connection"),
        sa.UniqueConstraint("environment_id", name="uq_connection_environment_id"),
    )


def _performed() -> None:
    op.create_table(
        "performed_restart",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("environment_id", sa.String(32), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("step_at", _TIME, nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("app_state", sa.String(16), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("message_channel", sa.String(32), nullable=True),
        sa.Column("message_ts", sa.String(32), nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name="fk_performed_restart_environment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_performed_restart"),
    )
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_performed_restart_running",
        "performed_restart",
        ["environment_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )


def _hooks() -> None:
    op.create_table(
        "hook_token",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("environment_id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.Column("revoked_by", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name="fk_hook_token_environment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hook_token"),
        sa.UniqueConstraint("digest", name="uq_hook_token_digest"),
    )
    op.create_index("ix_hook_token_environment_id", "hook_token", ["environment_id"])
