"""Rows that decide something get a code under the ring, by which a change from elsewhere is found.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = ("environment", "hook_token", "authority", "version")


def upgrade() -> None:
    """Add the column; opening the store fills it, which takes the ring."""
    for table in _TABLES:
        op.add_column(table, sa.Column("mac", sa.LargeBinary(), nullable=True))
