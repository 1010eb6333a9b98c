"""Signatures of requests, so that no replica lets one in again; links to private pages; workload identities.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and columns that older tokens do without."""
    op.add_column("hook_token", sa.Column("issuer", sa.Text(), nullable=True))
    op.add_column("hook_token", sa.Column("subject", sa.Text(), nullable=True))
    op.create_table(
        "signature",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_signature"),
    )
    op.create_index("ix_signature_at", "signature", ["at"])
    op.create_table(
        "page_link",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("environment_id", sa.String(32), nullable=True),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("member", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("code_digest", sa.String(64), nullable=True),
        sa.Column("ticket_digest", sa.String(64), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name="fk_page_link_environment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_page_link"),
        sa.UniqueConstraint("digest", name="uq_page_link_digest"),
    )
    op.create_index("ix_page_link_expires_at", "page_link", ["expires_at"])
