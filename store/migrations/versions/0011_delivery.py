"""Delivery: an environment's revision, tokens with a scope and an end, and the instances that report what they run.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that older rows do without, and the table of instances."""
    op.add_column("environment", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("restart_change", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("hook_token", sa.Column("scope", sa.String(16), nullable=True))
    op.add_column("hook_token", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("hook_token", sa.Column("networks", sa.JSON(), nullable=True))
    op.add_column("hook_token", sa.Column("used_from", sa.String(64), nullable=True))
    op.add_column("hook_token", sa.Column("days_used", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "instance",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("environment_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprints", sa.JSON(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name="fk_instance_environment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
        sa.UniqueConstraint("environment_id", "name", name="uq_instance_environment_id_name"),
    )
