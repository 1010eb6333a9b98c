"""A command below ``/cert``: how it is typed, what it takes, what it does. Each feature declares its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.slack.bolt.arguments import Arguments, Read, nothing
from bot.slack.bolt.call import Call
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Element

NAME = "/cert"
# Action ids of buttons that do what a command does; what is typed after /cert is their value.
RUN, CHOOSE = "command", "choice"


class Group(StrEnum):
    """What a command is about: the headings of the help, in their order."""

    CERTIFICATES = "Certificates"
    RESTARTS = "Restarts"
    ENVIRONMENTS = "Environments"
    HELP = "Help"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: ``typed`` are its one or two words, ``usage`` what may follow them, ``about`` what it does.

    ``read`` understands what follows; ``synonyms`` are other words for it, as whole as ``typed``.
    """

    typed: str
    about: str
    group: Group
    run: Callable[[Call, Arguments], Awaitable[None]]
    usage: str = ""
    read: Read = nothing
    synonyms: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return how it is written, in full."""
        return " ".join(part for part in (NAME, self.typed, self.usage) if part)


def run_button(text: str, typed: str) -> Element:
    """Build a button that does what ``/cert TYPED`` does, for whoever clicks it."""
    return blocks.button(text, f"{RUN}_{typed.replace(' ', '_')}", typed)
