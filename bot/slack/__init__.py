"""Certdesk in Slack: conversations, words and blocks. No rules; those are the desk's."""

from bot.slack.app import SCOPES, build
from bot.slack.bolt.client import Client
from bot.slack.bolt.files import SlackFiles
from bot.slack.bolt.in_flight import InFlight
from bot.slack.commands import COMMAND_HINTS, Hint
from bot.slack.outbox.courier import Courier
from bot.slack.outbox.queue_client import QueueClient

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
