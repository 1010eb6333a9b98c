"""Restarts that are performed: one at a time, each step from the one before it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from store import AppState, Connection, Outcome, PerformedRestart, Step, StillRuns, Store, Transaction
from store.restarts import runs
from tests.store.facts import ALICE, BOB, LATER, NOW, an_environment, environment_in


async def begun(tx: Transaction, environment_id: str) -> PerformedRestart:
    return await runs.begin(
        tx, connection_of(environment_id), target="shop/Production", by=ALICE, at=NOW, step=Step.STOPPING
    )


def connection_of(environment_id: str) -> Connection:
    settings = {"app": "shop", "mode": "Production"}
    return Connection("c" * 32, environment_id, "mendix", settings, ALICE, NOW)


async def ended(tx: Transaction, run: PerformedRestart, outcome: Outcome) -> PerformedRestart | None:
    return await runs.end(tx, run, outcome=outcome, app_state=AppState.UNKNOWN, at=LATER, reason="x" * 99)


async def test_one_at_a_time(store: Store) -> None:
    """Of many at once one begins; another environment's is no affair of it; after the end the next may."""
    async with store.transaction() as tx:
        here, there = await an_environment(tx), await an_environment(tx, "shop/test")

    async def attempt() -> PerformedRestart:
        async with store.transaction() as tx:
            return await begun(tx, here.id)

    results = await asyncio.gather(*(attempt() for _ in range(6)), return_exceptions=True)
    (run,) = [one for one in results if isinstance(one, PerformedRestart)]
    assert all(isinstance(one, StillRuns) for one in results if one is not run)
    async with store.transaction() as tx:
        await begun(tx, there.id)
        assert await runs.running(tx, here.id) == run
        assert await ended(tx, run, Outcome.DONE) is not None
        assert await runs.running(tx, here.id) is None
        assert (await begun(tx, here.id)).id != run.id


async def test_a_step_follows_from_the_one_before(store: Store) -> None:
    """Whoever knows an older edition changes nothing, nor does anybody after the end."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        run = await begun(tx, place.id)
        moved = await runs.move(tx, run, step=Step.WAITING, since=LATER, job="j", reason="r")
        assert moved is not None
        assert (moved.step, moved.step_at, moved.job, moved.edition) == (Step.WAITING, LATER, "j", 2)
        assert await runs.move(tx, run, step=Step.WAITING, since=LATER) is None
        assert await ended(tx, run, Outcome.DONE) is None
        over = await ended(tx, moved, Outcome.NOT_STARTED)
        assert over is not None
        assert (over.outcome, len(over.reason or ""), over.edition) == (Outcome.NOT_STARTED, 64, 3)
        assert await runs.move(tx, over, step=Step.STARTING, since=LATER) is None


async def test_two_at_once_take_a_step_once(store: Store) -> None:
    """Replicas that have the same step: one goes on."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        run = await begun(tx, place.id)

    async def move() -> PerformedRestart | None:
        async with store.transaction() as tx:
            return await runs.move(tx, run, step=Step.STARTING, since=NOW)

    assert len([one for one in await asyncio.gather(*(move() for _ in range(5))) if one is not None]) == 1


async def test_what_is_over_is_over_once(store: Store) -> None:
    """Runs that left this app stopped, or nobody knows how; counted by how they ended, none left out."""
    place = await environment_in(store)
    for outcome in (Outcome.UNKNOWN, Outcome.DONE, Outcome.NOT_STARTED, Outcome.NOT_STOPPED, Outcome.DONE):
        async with store.transaction() as tx:
            run = await runs.begin(
                tx,
                connection_of(place.id),
                target="shop/Production",
                by=BOB,
                at=NOW.replace(microsecond=len(outcome) + 100 * await _runs(tx)),
                step=Step.STOPPING,
            )
            await ended(tx, run, outcome)
    async with store.transaction() as tx:
        failed = await runs.failed_before(tx, place.id, run.began_at)
        assert [one.outcome for one in failed] == [Outcome.UNKNOWN, Outcome.NOT_STARTED]
        elsewhere = replace(run, target="billing/Production")
        assert await runs.mark_recovered(tx, place.id, before=run.began_at, at=LATER, like=elsewhere) == []
        over = await runs.mark_recovered(tx, place.id, before=failed[1].began_at, at=LATER, like=run)
        assert [(one.outcome, one.recovered_at) for one in over] == [(Outcome.UNKNOWN, LATER)]
        assert await runs.failed_before(tx, place.id, run.began_at) == failed[1:]
        assert await runs.counts(tx) == {
            Outcome.DONE: 2,
            Outcome.NOT_STOPPED: 1,
            Outcome.NOT_STARTED: 1,
            Outcome.UNKNOWN: 1,
        }


async def _runs(tx: Transaction) -> int:
    return sum((await runs.counts(tx)).values())


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_every_outcome_is_counted_from_the_start(store: Store, outcome: Outcome) -> None:
    """An alert on what never happened must not be one on what is missing."""
    async with store.transaction() as tx:
        assert (await runs.counts(tx))[outcome] == 0
