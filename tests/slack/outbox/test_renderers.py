"""Every kind of message is rendered."""

from __future__ import annotations

from bot.desk.kinds import ALL, KINDS
from bot.desk.restarts.performing import StepDue
from bot.slack.renderers import RENDERERS


def test_every_message_has_a_renderer() -> None:
    """Whatever a loader returns has a renderer, but for the task that is no message; and no renderer is left over."""
    assert {kind.facts for kind in ALL} - {StepDue} == set(RENDERERS)


def test_every_kind_has_a_name_of_its_own() -> None:
    """Two kinds of one name would take each other's rows."""
    assert len(KINDS) == len(ALL)
