"""The message that shows how far a restart has come: posted once, then changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk.base.platforms import PlatformKind
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from store import DueItem, Environment, PerformedRestart, Transaction, environments
from store.restarts import runs


@dataclass(frozen=True, slots=True)
class Progress:
    """Show how far a restart has come; ``standing`` (channel, ts) is the message to change, if there is one.

    ``over`` if the app, which the run left stopped or unknown, runs again.
    """

    run: PerformedRestart
    environment: Environment
    platform: PlatformKind
    standing: tuple[str, str] | None
    over: bool = False


async def schedule_progress(
    tx: Transaction, run: PerformedRestart, *, at: datetime, passed: int = 0, after: int = 0, over: bool = False
) -> None:
    """Schedule posting or changing the message of a run.

    ``passed`` counts how often time alone has passed; ``after`` is the edition that was shown too late; ``over`` if
    the app, which the run had left behind, runs again.
    """
    reasons = {"passed": passed, "after": after, "over": int(over)}
    extra = "".join(f":{name}:{n}" for name, n in reasons.items() if n)
    key = f"{_key(run.id, run.edition)}{extra}"
    # Only the first item posts the message, so that it is posted once.
    payload = {"posts": run.edition == 1 and not extra}
    await PROGRESS.schedule(tx, run.id, key=key, at=at, environment_id=run.environment_id, payload=payload)


def _key(run_id: str, edition: int) -> str:
    return f"progress:{run_id}:{edition}"


async def _load(due: Loading) -> Loaded[Progress]:
    run = await runs.get(due.tx, due.item.subject)
    environment = await environments.get(due.tx, run.environment_id) if run else None
    if run is None or environment is None:
        return None
    standing = (run.message_channel, run.message_ts) if run.message_channel and run.message_ts else None
    if standing is None and not due.payload["posts"]:
        return None
    return Progress(run, environment, due.desk.platforms.kind(run.kind), standing, over=run.has_recovered)


async def _after(sent: Sent[Progress]) -> None:
    """Record the message; change it once more if the run has gone on meanwhile, or if an earlier attempt posted it."""
    shown, tx = sent.facts, sent.tx
    if shown is None:
        return
    if sent.receipt is not None and shown.standing is None:
        run = await runs.record_message(tx, shown.run.id, channel=sent.receipt.channel, ts=sent.receipt.ts)
    else:
        run = await runs.get(tx, shown.run.id) or shown.run
    if sent.earlier or run.edition != shown.run.edition or run.has_recovered != shown.over:
        await schedule_progress(tx, run, at=sent.now, after=shown.run.edition, over=run.has_recovered)


def _old(item: DueItem) -> DueItem:
    return replace(item, payload={"posts": item.key == _key(item.subject, 1)})


PROGRESS = Kind("progress", Progress, _load, "how far a restart has come", after=_after, before_payload=_old)
