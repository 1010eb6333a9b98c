"""Certdesk in Slack: conversations, words and blocks. No rules; those are the desk's."""

from bot.slack.app import SCOPES, build
from bot.slack.bolt.client import Client
from bot.slack.bolt.files import SlackFiles
from bot.slack.bolt.in_flight import InFlight
from bot.slack.commands import COMMAND_HINTS, Hint
from bot.slack.outbox.queue_client import QueueClient
from bot.slack.renderers import build_courier

__all__ = [
    "COMMAND_HINTS",
    "SCOPES",
    "Client",
    "Hint",
    "InFlight",
    "QueueClient",
    "SlackFiles",
    "build",
    "build_courier",
]
