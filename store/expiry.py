"""What ends when: a range of the index on the effective end, whatever else is stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select

from store.certificates import Version, current_query, versions_of
from store.database import Transaction
from store.models import VersionRow


async def ending(tx: Transaction, *, after: datetime, until: datetime) -> list[Version]:
    """Current versions whose chain's earliest end lies in the window, the end of the window included; soonest first."""
    return await versions_of(tx, ending_query(after=after, until=until))


def ending_query(*, after: datetime, until: datetime) -> Select[VersionRow]:
    """The query for it."""
    query = current_query().where(VersionRow.effective_end > after, VersionRow.effective_end <= until)
    return query.order_by(VersionRow.effective_end, VersionRow.id)
