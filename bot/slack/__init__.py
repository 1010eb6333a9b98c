"""Certdesk in Slack: conversations, words and blocks. No rules; those are the desk's."""

from bot.slack.building import SCOPES, build
from bot.slack.client import Client
from bot.slack.commands import COMMAND_HINTS, Hint
from bot.slack.courier import Courier
from bot.slack.files import SlackFiles
from bot.slack.in_flight import InFlight
from bot.slack.turns import QueueClient

__all__ = [
    "COMMAND_HINTS",
    "SCOPES",
    "Client",
    "Courier",
    "Hint",
    "InFlight",
    "QueueClient",
    "SlackFiles",
    "build",
]
