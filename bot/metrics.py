"""Metrics for an operator's graphs (Prometheus' text format), collected on request.

Every label has few values that are known beforehand, and every series that can be is there from the start, at zero: an
alert on something that never happened must not be an alert on something that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.api.api import API_OUTCOMES
from bot.api.restarted import HOOK_OUTCOMES
from bot.certificates import Code
from bot.desk.opener.pool import OPENED, Opener
from bot.entrance import REASONS
from bot.slack.bolt.client import AGAIN, METHODS, OUTCOMES, RateLimits
from store import Measurements, Store
from store.operations import metrics

__all__ = ["CONTENT_TYPE_LATEST", "rendered"]

_DAYS = (0, 1, 7, 14, 30, 60, 90)
_LATER = "later"


async def rendered(
    store: Store,
    opener: Opener,
    rate_limits: RateLimits,
    now: datetime,
    *,
    api: Mapping[str, Counter[str]] | None = None,
    rejected: Counter[str] | None = None,
) -> bytes:
    """Return all metrics; if the database is away, those that do not need it."""
    measured = await _measured(store, now)
    families = [*_of_the_store(measured, now), *_of_the_process(opener), *_of_slack(rate_limits)]
    families += [*_of_the_api(api or {}), _of_the_entrance(rejected or Counter())]
    return generate_latest(_Families(families))


async def _measured(store: Store, now: datetime) -> Measurements | None:
    try:
        async with store.reading() as tx:
            return await metrics.measure(tx, now=now, bounds=[timedelta(days=days) for days in _DAYS])
    except Exception:  # whatever stands between us and the database, its own gauge says so
        return None


class _Families:
    """The part of a registry that :func:`generate_latest` uses."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """Return the metric families."""
        return self._families


def _of_the_store(measured: Measurements | None, now: datetime) -> Iterator[Metric]:
    yield _gauge("certdesk_database_up", "Whether the database answered.", 1 if measured else 0)
    if measured is None:
        return
    ends = GaugeMetricFamily(
        "certdesk_certificates",
        "Current certificates by the first of these days that their chain ends within; 0 has ended.",
        labels=["environment", "ends_within_days"],
    )
    names = [*(str(days) for days in _DAYS), _LATER]
    for path in measured.environments:
        for number, name in enumerate(names):
            ends.add_metric([path, name], measured.ends.get((path, number), 0))
    yield ends
    waiting = GaugeMetricFamily(
        "certdesk_restart_pending_seconds", "Since when an environment waits for a restart.", labels=["environment"]
    )
    for path in measured.environments:
        since = measured.waiting.get(path)
        waiting.add_metric([path], (now - since).total_seconds() if since else 0)
    yield waiting
    performed = CounterMetricFamily(
        "certdesk_restarts_performed", "Restarts that Certdesk performed, by how they ended.", labels=["outcome"]
    )
    for outcome, count in measured.performed.items():
        performed.add_metric([outcome.value], count)
    yield performed
    yield _gauge("certdesk_audit_events", "Events of the audit log; 0 if it lost its head.", _events(measured))
    if measured.head is not None:
        labels = {"head": str(measured.head)}
        yield InfoMetricFamily("certdesk_audit_head", "The head of the audit log: NUMBER:HASH.", value=labels)
    yield _gauge("certdesk_due_depth", "What is due and not done.", measured.depth)
    yield _gauge("certdesk_due_stuck", "What of it was tried several times already.", measured.stuck)
    yield _gauge("certdesk_due_lag_seconds", "How long the oldest of it has been due.", measured.lag.total_seconds())


def _of_the_process(opener: Opener) -> Iterator[Metric]:
    opened = CounterMetricFamily("certdesk_opened", "Files that were judged, by verdict.", labels=["verdict"])
    for verdict in (OPENED, *(code.value for code in Code)):
        opened.add_metric([verdict], opener.verdicts[verdict])
    yield opened
    kills = CounterMetricFamily("certdesk_worker_kills", "Workers that were killed past their budget.")
    kills.add_metric([], opener.kills)
    yield kills


def _of_slack(rate_limits: RateLimits) -> Iterator[Metric]:
    labels = ["method", "outcome"]
    calls = CounterMetricFamily("certdesk_slack_calls", "Calls of Slack's Web API, by how they ended.", labels=labels)
    retries = CounterMetricFamily(
        "certdesk_slack_retries", "Calls that were tried again at once, by how the one before ended.", labels=labels
    )
    for method in METHODS:
        for outcome in OUTCOMES:
            calls.add_metric([method, outcome], rate_limits.calls[method, outcome])
            if outcome in AGAIN:
                retries.add_metric([method, outcome], rate_limits.retries[method, outcome])
    yield calls
    yield retries


def _of_the_entrance(rejected: Counter[str]) -> Metric:
    made = CounterMetricFamily(
        "certdesk_requests_rejected", "Requests at Slack's address that were refused.", labels=["reason"]
    )
    for reason in REASONS:
        made.add_metric([reason], rejected[reason])
    return made


def _of_the_api(outcomes: Mapping[str, Counter[str]]) -> Iterator[Metric]:
    hooks = CounterMetricFamily("certdesk_hooks", "What came of pipelines' requests.", labels=["outcome"])
    for outcome in HOOK_OUTCOMES:
        hooks.add_metric([outcome], outcomes.get("restarted", Counter())[outcome])
    yield hooks
    api = CounterMetricFamily("certdesk_api", "What came of requests of the API.", labels=["route", "outcome"])
    for route, names in API_OUTCOMES.items():
        for outcome in names:
            api.add_metric([route, outcome], outcomes.get(route, Counter())[outcome])
    yield api


def _events(measured: Measurements) -> int:
    return measured.head.seq if measured.head else 0


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
