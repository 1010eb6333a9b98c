"""The practice workspace: a stand-in for Slack, with a page in the browser. Knows nothing of certificates."""

from bot.workspace.core.clock import WorkspaceClock
from bot.workspace.core.core import CommandHint
from bot.workspace.core.people import Channel, Person
from bot.workspace.core.refusals import SlackRefused
from bot.workspace.core.state import SampleFile
from bot.workspace.members.commands import CommandResult
from bot.workspace.members.modals import SubmitResult
from bot.workspace.workspace import Workspace

__all__ = [
    "Channel",
    "CommandHint",
    "CommandResult",
    "Person",
    "SampleFile",
    "SlackRefused",
    "SubmitResult",
    "Workspace",
    "WorkspaceClock",
]
