"""A bound on what one person can have written down within an hour."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

_HOUR = timedelta(hours=1)
_MOST_PEOPLE = 5000


class Hourly:
    """Counts what each person did within the last hour, in this process; ``most`` of it is taken."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: dict[str, deque[datetime]] = {}

    def left(self, who: str, now: datetime) -> int:
        """Count one more; return how many would still be taken after it, and -1 if this one is not."""
        if len(self._seen) >= _MOST_PEOPLE:
            self._seen.clear()
        seen = self._seen.setdefault(who, deque())
        while seen and seen[0] <= now - _HOUR:
            seen.popleft()
        if len(seen) >= self._most:
            return -1
        seen.append(now)
        return self._most - len(seen)
