"""What ends when: a range of the index on the effective end, whatever else is stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from store.certificates import Version, versions_of
from store.database import Transaction
from store.models import VersionRow


async def ending(tx: Transaction, *, after: datetime, until: datetime) -> list[Version]:
    """Current versions whose chain's earliest end lies in the window, the end of the window included; soonest first."""
    found = await versions_of(tx, ending_query(after=after, until=until))
    return [one for one in found if one.current and one.removed_at is None]


def ending_query(*, after: datetime, until: datetime) -> Select[VersionRow]:
    """Every version that ends in the window. Whether it is current is asked of its certificate by its key: joined to
    all certificates, PostgreSQL would rather read that table whole."""
    query = select(VersionRow).where(VersionRow.effective_end > after, VersionRow.effective_end <= until)
    return query.order_by(VersionRow.effective_end, VersionRow.id)
