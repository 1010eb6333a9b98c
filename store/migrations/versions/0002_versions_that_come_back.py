"""Versions that come back: a pointer that may turn, what was removed and purged, and words to search by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TERM = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    # Columns are added and none is changed: SQLite would copy the table, which other tables refer to.
    op.add_column("certificate", sa.Column("last_number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("certificate", sa.Column("removed_pins", sa.JSON(), nullable=True))
    op.add_column("version", sa.Column("replaces", sa.Integer(), nullable=True))
    op.add_column("version", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE certificate SET last_number = current_number")
    op.execute("UPDATE version SET replaces = number - 1 WHERE number > 1")
    op.create_index("ix_version_key_id", "version", ["key_id"])
    op.create_index("ix_upload_beside", "upload", ["channel", "member", "at"])
    op.create_table(
        "search_term",
        sa.Column("term", _TERM, nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_search_term_version_id"),
        sa.PrimaryKeyConstraint("term", "version_id", name="pk_search_term"),
    )
    op.create_index("ix_search_term_version_id", "search_term", ["version_id"])
    _index_what_is_there()


def _index_what_is_there() -> None:
    """Words as `store.certificates.search` made them at the time; a migration imports nothing that moves."""
    connection = op.get_bind()
    version = sa.table("version", sa.column("id"), sa.column("certificate_id"), sa.column("subject"))
    certificate = sa.table("certificate", sa.column("id"), sa.column("label"))
    term = sa.table("search_term", sa.column("term"), sa.column("version_id"))
    query = sa.select(version.c.id, version.c.subject, certificate.c.label).join(
        certificate, certificate.c.id == version.c.certificate_id
    )
    rows = [
        {"term": word, "version_id": id_}
        for id_, subject, label in connection.execute(query)
        for word in _words(f"{subject} {label}")
    ]
    for at in range(0, len(rows), 500):
        connection.execute(term.insert(), rows[at : at + 500])


def _words(text: str) -> set[str]:
    kept = "".join(char if char.isalnum() else " " for char in text.casefold())
    return {word[:64] for word in kept.split()}
