"""Certdesk in Slack: conversations, words and blocks. No rules; those are the desk's."""

from bot.slack.building import SCOPES, build
from bot.slack.commands import COMMAND_HINTS, Hint
from bot.slack.courier import Courier
from bot.slack.files import SlackFiles
from bot.slack.in_flight import InFlight

__all__ = ["COMMAND_HINTS", "SCOPES", "Courier", "Hint", "InFlight", "SlackFiles", "build"]
