"""Every kind of message is rendered."""

from __future__ import annotations

from bot.desk.kinds import ALL, KINDS
from bot.slack.renderers import RENDERERS
from store import queue


def test_every_message_has_a_renderer() -> None:
    """Whatever a loader returns has a renderer, but for tasks, which are no messages; none is left over."""
    tasks = {queue.DO, queue.CALL}
    assert {kind.facts for kind in ALL if kind.lane not in tasks} == set(RENDERERS)


def test_every_kind_has_a_name_of_its_own() -> None:
    """Two kinds of one name would take each other's rows."""
    assert len(KINDS) == len(ALL)
