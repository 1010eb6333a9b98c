"""Facts of a due item travel in a column of their own; rows that are there keep theirs in ``subject`` and ``key``.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("due", sa.Column("payload", sa.JSON(), nullable=True))
