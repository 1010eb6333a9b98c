"""Messages about an app's instances and its tokens."""

from __future__ import annotations

from bot.desk.delivery.behind import Behind
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code
from bot.slack.kit.people import owners
from bot.slack.kit.text import folded

_NAMED = 5


def behind(facts: Behind) -> Message:
    """Return the message that instances run older certificates than were loaded before."""
    several = len(facts.names) > 1
    names = folded([code(one, 60) for one in facts.names], _NAMED)
    who = f"{len(facts.names)} instances ({names})" if several else f"The instance {names}"
    text = (
        f"*{who} of {facts.environment.path} {'run' if several else 'runs'} older certificates*: revision "
        f"{facts.revision}, and revision {facts.loaded} had been loaded before. Restart "
        f"{'them' if several else 'it'}, and see where {'they get' if several else 'it gets'} the certificates: from "
        "an image, a file, or a cache that is not kept up to date."
    )
    called = owners(facts.environment)
    return blocks.say(f"{called} {text}" if called else text)
