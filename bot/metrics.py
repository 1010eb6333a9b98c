"""What an operator's graphs are made of (Prometheus' text format), read when it is asked for.

Every label has few values that are known beforehand, and every series that can be is there from the start, at zero: an
alert on something that never happened must not be an alert on something that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.api.hooks import OUTCOMES as HOOK_OUTCOMES
from bot.certificates import Code
from bot.desk.opening import OPENED, Opener
from store import Measured, Store, measuring

__all__ = ["CONTENT_TYPE_LATEST", "CountingClient", "rendered"]

_DAYS = (0, 1, 7, 14, 30, 60, 90)
_LATER = "later"
_METHODS = (
    "auth.test",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "files.delete",
    "files.info",
    "users.info",
    "views.open",
    "views.publish",
    "views.update",
)
_OTHER = "other"
OK, REFUSED, RATE_LIMITED, UNREACHABLE = "ok", "refused", "rate_limited", "unreachable"
_OUTCOMES = (OK, REFUSED, RATE_LIMITED, UNREACHABLE)


class CountingClient(AsyncWebClient):
    """Slack's client, which counts its calls by method and outcome; a call that was tried again counts once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: Counter[tuple[str, str]] = Counter()

    async def api_call(self, api_method: str, **kwargs: Any) -> Any:
        """Call, and count what came of it."""
        method = api_method if api_method in _METHODS else _OTHER
        try:
            answer = await super().api_call(api_method, **kwargs)
        except SlackApiError as error:
            status = getattr(error.response, "status_code", 0)
            self.calls[method, RATE_LIMITED if status == 429 else REFUSED] += 1
            raise
        except Exception:
            self.calls[method, UNREACHABLE] += 1
            raise
        self.calls[method, OK] += 1
        return answer


async def rendered(
    store: Store, opener: Opener, client: AsyncWebClient, now: datetime, *, hooks: Counter[str] | None = None
) -> bytes:
    """Everything there is to measure; without the database, what can be said without it."""
    calls = client.calls if isinstance(client, CountingClient) else Counter[tuple[str, str]]()
    measured = await _measured(store, now)
    families = [*_of_the_store(measured, now), *_of_the_process(opener, calls), _of_hooks(hooks or Counter())]
    return generate_latest(_Families(families))


async def _measured(store: Store, now: datetime) -> Measured | None:
    try:
        async with store.transaction() as tx:
            return await measuring.measure(tx, now=now, bounds=[timedelta(days=days) for days in _DAYS])
    except Exception:  # whatever stands between us and the database, its own gauge says so
        return None


class _Families:
    """What :func:`generate_latest` wants of a registry."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """The families, as they are."""
        return self._families


def _of_the_store(measured: Measured | None, now: datetime) -> Iterator[Metric]:
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
    yield _gauge("certdesk_due_depth", "What is due and not done.", measured.depth)
    yield _gauge("certdesk_due_lag_seconds", "How long the oldest of it has been due.", measured.lag.total_seconds())


def _of_the_process(opener: Opener, calls: Counter[tuple[str, str]]) -> Iterator[Metric]:
    opened = CounterMetricFamily("certdesk_opened", "Files that were judged, by verdict.", labels=["verdict"])
    for verdict in (OPENED, *(code.value for code in Code)):
        opened.add_metric([verdict], opener.verdicts[verdict])
    yield opened
    kills = CounterMetricFamily("certdesk_worker_kills", "Workers that were killed past their budget.")
    kills.add_metric([], opener.kills)
    yield kills
    slack = CounterMetricFamily("certdesk_slack_calls", "Calls of Slack's Web API.", labels=["method", "outcome"])
    for method in (*_METHODS, _OTHER):
        for outcome in _OUTCOMES:
            slack.add_metric([method, outcome], calls[method, outcome])
    yield slack


def _of_hooks(outcomes: Counter[str]) -> Metric:
    hooks = CounterMetricFamily("certdesk_hooks", "What came of pipelines' requests.", labels=["outcome"])
    for outcome in HOOK_OUTCOMES:
        hooks.add_metric([outcome], outcomes[outcome])
    return hooks


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
