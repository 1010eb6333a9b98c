"""Many certificates and a year of days: what is stored for it, and what must be said of it, reckoned by hand.

Nothing here asks the desk when something is due. A day ends at :data:`EVENING`, when it is nine o'clock in the morning
of the same date, or later, in every zone that is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretBytes
from sqlalchemy import insert

from bot.desk.base.desk import Desk, Member
from bot.desk.environments.environments import add
from bot.desk.expiry import warnings
from bot.desk.expiry.warnings import ExpiryWarning
from bot.desk.expiry.weekly_list import EXPIRED_LISTED, WeeklyList
from bot.desk.kinds import KINDS
from bot.desk.outbox import runner
from bot.desk.outbox.results import Receipt
from store import Authority, DueItem, Environment, Schedule, Transaction, Version, environments
from store.certificates import authorities, clients
from store.database.authentic import code_of
from store.models import AuthorityRow, CertificateRow, UploadRow, VersionRow, new_id
from tests.desk.everywhere import EVERYWHERE
from tests.store.facts import ALICE, CHANNEL, a_version, an_upload

EVENING = clock(23, 0)
MONDAY = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SPREAD = 730
ZONES = ("Europe/Berlin", "UTC", "Asia/Kolkata", "America/New_York")
USUAL = (90, 60, 30, 14, 7, 3, 1, 0)
# Of an environment's own thresholds, those up to 30 days get a message each; where none is that near, the nearest does.
OWN = {3: ((60, 20, 5), (20, 5)), 7: ((45,), (45,))}
_USUAL_NEAR = (30, 14, 7, 3, 1, 0)
REPLACED_BEFORE, LASTS = 20, 80
_DER = bytes(range(256)) * 3
_AT_A_TIME = 200


@dataclass(frozen=True)
class Planned:
    """Something that ends, and how long it is what its environment uses."""

    id: str
    place: Environment
    ends: datetime
    since: datetime
    replaced_on: date | None = None

    @property
    def thresholds(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """All of them, and those with a message each."""
        own = self.place.schedule.thresholds
        return next((one for one in OWN.values() if one[0] == own), (USUAL, _USUAL_NEAR))

    @property
    def last_day(self) -> date:
        return self.ends.astimezone(ZoneInfo(self.place.timezone)).date()

    def is_used_on(self, day: date) -> bool:
        """When the day's messages are said, which is before anything is replaced that day."""
        return self.since.date() < day and (self.replaced_on is None or day <= self.replaced_on)


@dataclass
class Recorder:
    """Keeps what was said of ends, and on which day."""

    desk: Desk
    warned: dict[tuple[str, int], list[date]] = field(default_factory=lambda: defaultdict(list))
    listed: dict[tuple[str, date], list[frozenset[str]]] = field(default_factory=lambda: defaultdict(list))
    others: int = 0

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        return None

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        day = self.desk.clock().date()
        if isinstance(facts, ExpiryWarning):
            for line in facts.lines:
                self.warned[line.ending.target.id, line.days].append(day)
        elif isinstance(facts, WeeklyList):
            ids = [one.ending.target.id for one in facts.lines]
            assert len(ids) == len(set(ids))
            self.listed[facts.channel, day].append(frozenset(ids))
        else:
            self.others += 1
        return Receipt("C1", "1.0")


async def places(desk: Desk, count: int) -> list[Environment]:
    """Environments: half of them four to a channel, some with thresholds of their own, in several zones."""
    alice, made = Member(ALICE, channels=EVERYWHERE), []
    for number in range(count):
        first = number - number % 4
        channel, zone = f"C{first if first % 8 else number:08}", ZONES[first // 4 % len(ZONES)]
        place = await add(desk, alice, channel, f"app{number}/production", zone)
        if own := OWN.get(number % 10):
            async with desk.store.transaction() as tx:
                schedule = Schedule(thresholds=own[0])
                place = await environments.set_schedule(tx, place.id, schedule=schedule, by=ALICE, at=MONDAY)
        made.append(place)
    return made


async def fill(
    desk: Desk, here: Sequence[Environment], each: int, *, first: int = 0, spread: int = SPREAD
) -> list[Planned]:
    """That many certificates in each, and authorities in every tenth, as rows; watched by the desk's own rule.

    ``first`` is the number of the first environment; the ends are spread over that many days.
    """
    planned: list[Planned] = []
    for number, place in enumerate(here, first):
        async with desk.store.transaction() as tx:
            await _rows(tx, place, number, each, spread)
            held: list[Version | Authority] = [
                *await clients.current(tx, place.id),
                *await authorities.current(tx, place.id),
            ]
            await warnings.watch(tx, desk.policy, held, place, desk.clock())
        planned += [Planned(one.id, place, warnings.end_of(one), MONDAY) for one in held]
    return planned


async def _rows(tx: Transaction, place: Environment, number: int, each: int, spread: int) -> None:
    rows: dict[type, list[dict[str, Any]]] = {UploadRow: [], CertificateRow: [], VersionRow: [], AuthorityRow: []}
    for at in range(each):
        _certificate(rows, place, number * each + at, at, spread)
    for at in range(3 if number % 10 == 0 else 0):
        _authority(rows, place, number * 3 + at, at, spread)
    for authentic in (VersionRow, AuthorityRow):
        for row in rows[authentic]:
            row["mac"] = code_of(tx.audit_key, authentic(**row))
    for model, several in rows.items():
        for start in range(0, len(several), _AT_A_TIME):
            await tx.session.execute(insert(model), several[start : start + _AT_A_TIME])


def _ends(number: int, spread: int) -> datetime:
    """Spread over the days, and over the hours of a day."""
    return MONDAY + timedelta(days=1 + number * 7919 % spread, hours=number * 37 % 24)


def _upload(rows: dict[type, list[dict[str, Any]]]) -> str:
    id_ = new_id()
    upload = {"id": id_, "channel": CHANNEL, "member": ALICE, "name": "x.pfx", "size": 1, "state": "stored"}
    rows[UploadRow].append({**upload, "holds_key": False, "at": MONDAY})
    return id_


def _facts(name: str, ends: datetime) -> dict[str, Any]:
    return {
        "sha256": sha256(name.encode()).hexdigest(),
        "subject": f"CN={name},O=Partner",
        "issuer": "CN=Partner Issuing CA",
        "serial": "1",
        "not_before": MONDAY - DAY,
        "not_after": ends,
    }


def _certificate(rows: dict[type, list[dict[str, Any]]], place: Environment, number: int, at: int, spread: int) -> None:
    certificate, ends = new_id(), _ends(number, spread)
    there = {"id": certificate, "environment_id": place.id, "label": f"label-{at}", "created_at": MONDAY}
    rows[CertificateRow].append({**there, "current_number": 1, "last_number": 1})
    sealed = {"key_id": "k1", "wrapped_key": _DER[:60], "sealed_key": _DER[:180]}
    rows[VersionRow].append(
        {
            **_facts(f"client-{number}.example", ends),
            **sealed,
            "id": new_id(),
            "certificate_id": certificate,
            "environment_id": place.id,
            "number": 1,
            "upload_id": _upload(rows),
            "effective_end": ends,
            "key_type": "EC P-256",
            "signature": "SHA-256 with ECDSA",
            "san": [f"client-{number}.example"],
            "eku": ["clientAuth"],
            "leaf_der": _DER,
            "chain": [_DER.hex(), _DER.hex()],
            "deposited_by": ALICE,
            "deposited_at": MONDAY,
        }
    )


def _authority(rows: dict[type, list[dict[str, Any]]], place: Environment, number: int, at: int, spread: int) -> None:
    named = {"id": new_id(), "environment_id": place.id, "upload_id": _upload(rows), "name": f"Root {number}"}
    added = {"der": _DER, "position": at, "added_by": ALICE, "added_at": MONDAY}
    rows[AuthorityRow].append({**_facts(f"root-{number}", _ends(number * 97 + 13, spread)), **named, **added})


def to_replace(planned: Sequence[Planned]) -> dict[date, list[Planned]]:
    """By day: every fiftieth is replaced some days before its end."""
    days: dict[date, list[Planned]] = defaultdict(list)
    for number, one in enumerate(planned):
        day = one.last_day - REPLACED_BEFORE * DAY
        if number % 50 == 0 and day > MONDAY.date():
            days[day].append(one)
    return days


async def replace_(desk: Desk, one: Planned) -> tuple[Planned, Planned] | None:
    """A successor, which lasts for some weeks; what it replaces, and it. None for an authority, which has none."""
    now = desk.clock()
    async with desk.store.transaction() as tx:
        old = await clients.version(tx, one.id)
        if old is None:
            return None
        ends = now + LASTS * DAY
        new = a_version(f"{old.sha256} again", key=SecretBytes(b"k" * 138), effective_end=ends, not_after=ends)
        made: Version = await clients.deposit(
            tx,
            upload_id=await an_upload(tx),
            environment_id=one.place.id,
            label=old.label,
            pins=(),
            new=new,
            by=ALICE,
            at=now,
        )
        await warnings.watch(tx, desk.policy, [made], one.place, now)
    return replace(one, replaced_on=now.date()), Planned(made.id, one.place, ends, now)


async def say(desk: Desk, recorder: Recorder) -> None:
    """Everything that is due."""
    while await runner.run_once(desk, KINDS, recorder):
        pass


def days_of(count: int) -> Iterator[datetime]:
    """The evenings after the first."""
    return (MONDAY + number * DAY for number in range(1, count + 1))


def warnings_expected(planned: Sequence[Planned], until: date) -> dict[tuple[str, int], list[date]]:
    """Each near threshold on its day, once, while it is what is used; what has ended by that evening gets its last."""
    found: dict[tuple[str, int], list[date]] = {}
    for one in planned:
        near = one.thresholds[1]
        for days in near:
            day = one.last_day - days * DAY
            over = one.ends <= datetime.combine(day, EVENING, UTC)
            if day <= until and one.is_used_on(day):
                found.setdefault((one.id, near[-1] if over else days), [day])
    return found


def digests_expected(planned: Sequence[Planned], until: date) -> dict[tuple[str, date], list[frozenset[str]]]:
    """Each Monday, by channel, what is nearer than the first threshold and too far off for messages of its own, and
    the latest ten of what has expired before that day."""
    found: dict[tuple[str, date], set[str]] = defaultdict(set)
    expired: dict[tuple[str, date], list[Planned]] = defaultdict(list)
    for one in planned:
        every, near = one.thresholds
        for left in (*range(-400, 0), *range(max(near) + 1, max(every) + 1)):
            day = one.last_day - left * DAY
            if day.weekday() or day > until or not one.is_used_on(day):
                continue
            if left < 0:
                expired[one.place.channel, day].append(one)
            else:
                found[one.place.channel, day].add(one.id)
    for key, several in expired.items():
        latest = sorted(several, key=lambda one: (one.ends, one.id), reverse=True)[:EXPIRED_LISTED]
        found[key] |= {one.id for one in latest}
    return {key: [frozenset(ids)] for key, ids in found.items()}
