"""The names of a chain's certificates are kept beside their bytes, so that no message parses a certificate.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from cryptography import x509
from cryptography.x509.oid import NameOID

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_VERSION = sa.table(
    "version",
    sa.column("id", sa.String()),
    sa.column("leaf_der", sa.LargeBinary()),
    sa.column("chain", sa.JSON()),
    sa.column("chain_names", sa.JSON()),
    sa.column("expires_first", sa.Text()),
)
_AT_A_TIME = 500


def upgrade() -> None:
    """Add the columns, and fill them for what is there."""
    op.add_column("version", sa.Column("chain_names", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("version", sa.Column("expires_first", sa.Text(), nullable=False, server_default=""))
    bind, last = op.get_bind(), ""
    columns = (_VERSION.c.id, _VERSION.c.leaf_der, _VERSION.c.chain)
    while rows := bind.execute(
        sa.select(*columns).where(_VERSION.c.id > last).order_by(_VERSION.c.id).limit(_AT_A_TIME)
    ).all():
        last = rows[-1][0]
        for id_, leaf, chain in rows:
            if chain:
                names, first = _names(leaf, [bytes.fromhex(der) for der in chain])
                filled = sa.update(_VERSION).where(_VERSION.c.id == id_)
                bind.execute(filled.values(chain_names=names, expires_first=first))


def _names(leaf: bytes, chain: Sequence[bytes]) -> tuple[list[str], str]:
    names = [_name(der) for der in chain]
    ends = [_end(der) for der in (leaf, *chain)]
    known = [(end, name) for end, name in zip(ends[1:], names, strict=True) if end is not None]
    first = min(known, default=None, key=lambda one: one[0])
    return names, first[1] if first and ends[0] is not None and first[0] < ends[0] else ""


def _name(der: bytes) -> str:
    """Return a certificate's name as this version of Certdesk shows it."""
    try:
        subject = x509.load_der_x509_certificate(der).subject
        found = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        name = str(found[0].value) if found else subject.rfc4514_string()
    except ValueError:
        name = ""
    # Neither database keeps half a surrogate pair, and PostgreSQL no NUL.
    kept = name.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return kept or f"certificate {sha256(der).hexdigest()[:16]}"


def _end(der: bytes) -> float | None:
    try:
        return x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp()
    except ValueError:
        return None
