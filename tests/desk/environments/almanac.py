"""What an environment's schedule promises, worked out the slow way: minute by minute, by the clock on the wall.

It shares nothing with the code that it is held against but the schedule itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from store import Schedule

MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Almanac:
    """``away``: spans in which the bot does not run, begin included, end not."""

    schedule: Schedule
    zone: ZoneInfo
    away: Sequence[Span]
    until: datetime

    def is_quiet(self, moment: datetime) -> bool:
        if self.schedule.quiet is None:
            return False
        begins, ends = self.schedule.quiet
        clock = moment.astimezone(self.zone).time()
        return begins <= clock < ends if begins < ends else not ends <= clock < begins

    def is_frozen(self, moment: datetime) -> bool:
        day = moment.astimezone(self.zone).date()
        return any(first <= day <= last for first, last in self.schedule.freezes)

    def is_working_day(self, moment: datetime) -> bool:
        return moment.astimezone(self.zone).weekday() in self.schedule.working_days

    def awake(self, moment: datetime) -> datetime:
        """The first moment at which the bot runs."""
        return next((ends for begins, ends in self.away if begins <= moment < ends), moment)

    def minutes(self, after: datetime) -> Iterator[datetime]:
        """Whole minutes later than ``after``."""
        moment = after.replace(second=0, microsecond=0) + MINUTE
        while moment <= self.until:
            yield moment
            moment += MINUTE

    def morning_after(self, moment: datetime) -> datetime | None:
        """The next minute that is a reminder's time of a working day, and neither quiet nor frozen."""
        for minute in self.minutes(moment):
            local = minute.astimezone(self.zone)
            is_time = (local.hour, local.minute) == (self.schedule.morning.hour, self.schedule.morning.minute)
            if is_time and self.is_working_day(minute) and not self.is_frozen(minute) and not self.is_quiet(minute):
                return minute
        return None

    def quiet_end(self, moment: datetime) -> datetime | None:
        return next((minute for minute in self.minutes(moment) if not self.is_quiet(minute)), None)

    def said_at(self, planned: datetime | None, *, any_day: bool) -> datetime | None:
        """When a reminder that is planned for a moment is said."""
        moment = planned
        while moment is not None and moment <= self.until:
            moment = self.awake(moment)
            if self.is_frozen(moment):
                moment = self.morning_after(self.last_of_freeze(moment))
            elif self.is_quiet(moment):
                moment = self.quiet_end(moment)
            elif not any_day and not self.is_working_day(moment):
                moment = self.morning_after(moment)
            else:
                return moment
        return None

    def last_of_freeze(self, moment: datetime) -> datetime:
        return [*takewhile(self.is_frozen, [moment, *self.minutes(moment)])][-1]

    def threshold(self, end: datetime, days: int) -> datetime:
        """The reminder's time of the day that lies so many days before the end's own."""
        day: date = end.astimezone(self.zone).date() - timedelta(days=days)
        return datetime.combine(day, self.schedule.morning, self.zone).astimezone(UTC)

    def warnings(self, end: datetime, thresholds: Sequence[int], since: datetime) -> list[tuple[datetime, int]]:
        """When something that ends is warned of, and for which threshold."""
        said: list[tuple[datetime, int]] = []
        left = [days for days in sorted(thresholds, reverse=True) if min(self.threshold(end, days), end) > since]
        while left:
            moment: datetime | None = self.awake(self.threshold(end, left[0]))
            while moment is not None and self.is_quiet(moment):
                later = self.quiet_end(moment)
                moment = None if later is None else self.awake(later)
            if moment is None or moment > self.until:
                break
            reached = min(days for days in left if end <= moment or self.threshold(end, days) <= moment)
            said.append((moment, reached))
            left = [days for days in left if days < reached]
        return said
