"""A stop waits for what was acknowledged."""

from __future__ import annotations

import asyncio

from bot.slack import InFlight


async def test_a_stop_waits_for_what_runs() -> None:
    """Listeners and the tasks that they leave behind."""
    tracker, done = InFlight(), []

    async def later() -> None:
        await asyncio.sleep(0.05)
        done.append("task")

    @tracker.track
    async def listener() -> None:
        tracker.spawn(later())
        await asyncio.sleep(0.01)
        done.append("listener")

    running = asyncio.create_task(listener())
    await asyncio.sleep(0)
    assert await tracker.wait(1)
    assert done == ["listener", "task"]
    assert running.done()
    assert len(tracker) == 0


async def test_a_stop_does_not_wait_for_ever() -> None:
    """False says that something was still running."""
    tracker = InFlight()
    task = tracker.spawn(asyncio.sleep(5))
    assert not await tracker.wait(0.02)
    task.cancel()


async def test_an_error_ends_the_count_and_goes_on() -> None:
    """The wrapper swallows nothing."""
    tracker = InFlight()

    @tracker.track
    async def listener() -> None:
        raise ValueError

    try:
        await listener()
    except ValueError:
        assert len(tracker) == 0
    else:
        raise AssertionError
