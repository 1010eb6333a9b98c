"""A short run over damaged files; ``python -m tests.fuzz`` is the long one."""

from __future__ import annotations

from tests.fuzz.mutations import damaged
from tests.fuzz.trying import try_many


async def test_damaged_files_are_answered_in_time() -> None:
    """Whatever was done to a real file: a finding or a certificate, within budget and a second, nothing unforeseen."""
    tried = await try_many(20261101, range(1_500), seconds=2.0)
    assert tried.files == 1_500
    assert tried.bad == []


def test_a_run_can_be_repeated() -> None:
    """The same seed and number give the same bytes."""
    assert [damaged(7, number) for number in range(50)] == [damaged(7, number) for number in range(50)]
