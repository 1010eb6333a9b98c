"""Who did something, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack.kit import people
from bot.slack.restarts import reminders
from store import Change
from tests.slack import facts


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("U0ALICE", "<@U0ALICE>"),
        ("hook:a-_d", "a pipeline (token `…a-_d`)"),
        ("cli:root", "`root` on the command line"),
        ("certdesk:U0ALICE", "Certdesk for <@U0ALICE>"),
        ("certdesk:", "Certdesk"),
        ("<!here>", "`&lt;!here&gt;`"),
        ("hook:<!here>`", "a pipeline (token `…&lt;!here&gt;ˋ`)"),
        ("else:x", "`else:x`"),
    ],
)
def test_members_and_programs_have_names(by: str, said: str) -> None:
    """A member is mentioned; a program is called what it is to people, and nothing in its name becomes markup."""
    assert people.named(by) == said


def test_changes_name_programs_too() -> None:
    """What was imported at the command line was imported by somebody there."""
    one = Change("imported", "bank", "cli:root", facts.NOW)
    assert reminders.change(one) == "`bank` imported, `root` on the command line"
    assert reminders.change(replace(one, by="U0BOB")).endswith(", <@U0BOB>")
