"""Many who ask at the same moment are served in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.desk.delivery.together import Together


async def test_what_comes_meanwhile_is_done_in_one_go() -> None:
    """The first is done alone, all that come while it is done together; each gets its own result."""
    several: list[Sequence[int]] = []

    async def double(items: Sequence[int]) -> Sequence[int | Exception]:
        several.append(list(items))
        await asyncio.sleep(0.01)
        return [2 * one for one in items]

    together = Together[int, int](double)
    first = asyncio.create_task(together.do(1))
    await asyncio.sleep(0.001)
    rest = await asyncio.gather(*(together.do(number) for number in range(2, 400)))
    assert await first == 2
    assert rest == [2 * number for number in range(2, 400)]
    assert [len(one) for one in several] == [1, 200, 198]


async def test_a_failure_is_of_one_or_of_all() -> None:
    """An exception in the list is its item's own; one that is raised is everybody's; the next ones are done again."""

    async def work(items: Sequence[str]) -> Sequence[str | Exception]:
        if "all" in items:
            raise RuntimeError("all")
        return [ValueError(one) if one == "own" else one for one in items]

    together = Together[str, str](work)
    found = await asyncio.gather(*map(together.do, ["good", "own"]), return_exceptions=True)
    assert found[0] == "good"
    assert isinstance(found[1], ValueError)
    found = await asyncio.gather(*map(together.do, ["good", "all"]), return_exceptions=True)
    assert [type(one) for one in found] == [RuntimeError, RuntimeError]
    assert await together.do("good") == "good"


async def test_who_stops_waiting_disturbs_nobody() -> None:
    """The others get their results."""

    async def slow(items: Sequence[int]) -> Sequence[int | Exception]:
        await asyncio.sleep(0.02)
        return list(items)

    together = Together[int, int](slow)
    tasks = [asyncio.create_task(together.do(number)) for number in range(3)]
    await asyncio.sleep(0.001)
    tasks[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
    assert [await tasks[0], await tasks[2]] == [0, 2]
