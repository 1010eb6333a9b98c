"""The practice workspace: a stand-in for Slack, with a page in the browser. Knows nothing of certificates."""

from bot.workspace.acting import CommandResult
from bot.workspace.clock import WorkspaceClock
from bot.workspace.people import Channel, Person
from bot.workspace.refusals import SlackRefused
from bot.workspace.state import SampleFile
from bot.workspace.submitting import SubmitResult
from bot.workspace.workspace import CommandHint, Workspace

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
