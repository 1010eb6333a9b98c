"""The renderers of every feature, by the type of the facts; and the courier that knows them all."""

from __future__ import annotations

from bot.desk.base.desk import Desk
from bot.slack.bolt.client import Client
from bot.slack.bolt.files import SlackFiles
from bot.slack.certificates.renderers import CERTIFICATE_MESSAGES
from bot.slack.delivery.renderers import DELIVERY_MESSAGES
from bot.slack.deposit.renderers import DEPOSIT_MESSAGES
from bot.slack.environments.renderers import ENVIRONMENT_MESSAGES
from bot.slack.expiry.renderers import EXPIRY_MESSAGES
from bot.slack.outbox.courier import Courier
from bot.slack.outbox.outgoing import Renderers
from bot.slack.requests.renderers import REQUEST_MESSAGES
from bot.slack.restarts.renderers import RESTART_MESSAGES

RENDERERS: Renderers = {
    **REQUEST_MESSAGES,
    **RESTART_MESSAGES,
    **EXPIRY_MESSAGES,
    **ENVIRONMENT_MESSAGES,
    **CERTIFICATE_MESSAGES,
    **DEPOSIT_MESSAGES,
    **DELIVERY_MESSAGES,
}


def build_courier(desk: Desk, *, client: Client, files: SlackFiles) -> Courier:
    """Return the sender of the messages in the outbox."""
    return Courier(desk, RENDERERS, client=client, files=files)
