"""Facts as hostile as the store could ever hand them out, for properties of what is rendered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast

import aiohttp
from hypothesis import strategies as st

from bot.desk.base import calendar
from bot.platforms import restart_platforms
from store import Authority, Change, Environment, PendingRestart, Schedule, Upload, Version
from store.certificates.summaries import AuthoritySummary, CertificateSummary, Holdings, Listing

NASTY = [
    "<!channel> *x* &amp;",
    "<@U0ALICE>",
    "<https://evil.example|click>",
    "`code` ``` fence ```",
    "\u202egnp.exe\u202c",
    "a\u200bb\u2066c",
    "line\nbreak\r\n> quote",
    "&<>" * 300,
    "`" * 500,
    "",
    "   ",
    ":fire: _i_ ~s~",
]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
# For what is said of them: none is called.
PLATFORMS = restart_platforms(cast(aiohttp.ClientSession, None), lambda: NOW, deploy_api="https://cloud.example")

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=400))
times = st.datetimes(
    min_value=datetime.fromisoformat("1990-01-01"),
    max_value=datetime.fromisoformat("2090-01-01"),
    timezones=st.just(UTC),
)
hexes = st.text("0123456789abcdef", min_size=64, max_size=64)
members = st.sampled_from(["U0ALICE", "W123", "<!here>"])

clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
spans = st.tuples(days, days).map(lambda span: (min(span), max(span)))
schedules = st.builds(
    Schedule,
    morning=clocks,
    working_days=st.sets(st.integers(0, 6)).map(lambda chosen: tuple(sorted(chosen))),
    at_once=st.booleans(),
    patience=st.integers(1, 20),
    quiet=st.none() | st.tuples(clocks, clocks),
    freezes=st.lists(spans, max_size=20).map(tuple),
    thresholds=st.none() | st.lists(st.integers(0, 3650), min_size=1, max_size=20, unique=True).map(tuple),
).filter(lambda one: one.quiet is None or not calendar.within(one.morning, *one.quiet))
environments = st.builds(
    Environment,
    id=st.just("e" * 32),
    app=st.just("a" * 40),
    name=st.just("b" * 40),
    channel=st.just("C0ORDERS"),
    timezone=st.just("America/Argentina/ComodRivadavia"),
    runtime=st.just("java"),
    created_by=members,
    created_at=times,
    owners=st.lists(st.sampled_from([*(f"U{n}" for n in range(12)), "<!here>", "cli"]), max_size=10, unique=True).map(
        tuple
    ),
    schedule=schedules,
)
versions = st.builds(
    Version,
    id=st.just("v" * 32),
    certificate_id=st.just("c" * 32),
    environment_id=st.just("e" * 32),
    label=texts,
    number=st.integers(1, 10**6),
    replaced=st.none() | st.integers(1, 10**6),
    leaf_der=st.just(b""),
    chain_der=st.just(()),
    subject=texts,
    issuer=texts,
    serial=st.integers(0, 2**400),
    sha256=hexes,
    not_before=times,
    not_after=times,
    effective_end=times,
    key_type=texts,
    signature=texts,
    san=st.just(()),
    eku=st.just(()),
    chain_names=st.lists(texts, max_size=12).map(tuple),
    expires_first=st.just("") | texts,
    pins=st.lists(texts, max_size=200).map(tuple),
    deposited_by=members,
    deposited_at=times,
    removed_at=st.none(),
    removed_by=st.none(),
)
authorities = st.builds(
    Authority,
    id=st.just("a" * 32),
    environment_id=st.just("e" * 32),
    upload_id=st.just("u" * 32),
    der=st.just(b""),
    name=texts,
    subject=texts,
    issuer=texts,
    serial=st.integers(0, 2**400),
    sha256=hexes,
    not_before=times,
    not_after=times,
    added_by=members,
    added_at=times,
    removed_at=st.none(),
    removed_by=st.none(),
)
summaries = st.builds(
    CertificateSummary,
    label=texts,
    number=st.integers(1, 10**6),
    effective_end=times,
    pins=st.lists(texts, max_size=200).map(tuple),
)
counts = st.integers(0, 10**6)
holdings = st.builds(Holdings, clients=counts, authorities=counts, expires_first=st.none() | summaries)
authority_lines = st.builds(AuthoritySummary, name=texts, sha256=hexes, not_after=times)
listings = st.builds(
    Listing,
    clients=st.lists(summaries, max_size=15).map(tuple),
    clients_count=st.integers(15, 10**6),
    authorities=st.lists(authority_lines, max_size=10).map(tuple),
    authorities_count=st.integers(10, 10**6),
    authorities_expired=counts,
)
changes = st.builds(
    Change,
    what=st.sampled_from(["deposited", "replaced", "removed", "authorities_added", "authority_removed", "?"]),
    label=texts,
    by=members,
    at=times,
    count=st.integers(1, 200),
    version_id=st.none(),
)
restarts = st.builds(
    PendingRestart,
    id=st.just("r" * 32),
    environment_id=st.just("e" * 32),
    opened_at=times,
    changes=st.lists(changes, min_size=1, max_size=60).map(tuple),
    occurrence=st.integers(0, 500),
    edition=st.integers(1, 99),
    snoozed_until=st.none() | times,
    snoozed_by=st.none() | members,
    message_channel=st.just("C0ORDERS"),
    message_ts=st.just("1.2"),
    confirmed_at=st.none() | times,
    confirmed_by=st.none() | members,
)
uploads = st.builds(
    Upload,
    id=st.just("u" * 32),
    file_id=st.just("F0FILE"),
    channel=st.just("C0ORDERS"),
    member=members,
    name=texts,
    size=st.integers(0, 10**8),
    use=st.sampled_from([None, "unlock", "authority", "combine", "part"]),
    state=st.just("offered"),
    holds_key=st.booleans(),
    at=times,
)
