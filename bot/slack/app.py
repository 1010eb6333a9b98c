"""The bolt app with every listener; ``app_manifest.yml`` asks Slack for what stands here and nothing else."""

from __future__ import annotations

import logging
import secrets

import aiohttp
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bot.desk.base.desk import Desk
from bot.logs import hold_down
from bot.slack.bolt.call import Context
from bot.slack.bolt.client import Client
from bot.slack.bolt.files import SlackFiles
from bot.slack.bolt.in_flight import InFlight
from bot.slack.bolt.listening import log_failure
from bot.slack.bolt.people import People
from bot.slack.certificates.card_menu import register_card_menu
from bot.slack.certificates.errors import CERTIFICATE_FIELDS, CERTIFICATE_SENTENCES
from bot.slack.certificates.handlers import register_certificates
from bot.slack.commands import COMMANDS, register_commands
from bot.slack.delivery.errors import DELIVERY_SENTENCES
from bot.slack.delivery.handing_out import register_handing_out
from bot.slack.delivery.trying import register_trying
from bot.slack.deposit.copying import register_copying
from bot.slack.deposit.errors import DEPOSIT_FIELDS, DEPOSIT_SENTENCES
from bot.slack.deposit.handlers import noticing, register_deposit
from bot.slack.environments.errors import ENVIRONMENT_FIELDS, ENVIRONMENT_SENTENCES
from bot.slack.environments.handlers import register_environments
from bot.slack.environments.leaving import register_leaving
from bot.slack.environments.settings import register_settings
from bot.slack.expiry.handlers import register_expiry
from bot.slack.home import register_home
from bot.slack.kit import errors
from bot.slack.requests.errors import REQUEST_FIELDS, REQUEST_SENTENCES
from bot.slack.requests.handlers import register_requests
from bot.slack.restarts.connections import register_connections
from bot.slack.restarts.errors import RESTART_FIELDS, RESTART_SENTENCES
from bot.slack.restarts.handlers import register_restarts
from bot.slack.restarts.performing import register_performing

errors.register(REQUEST_SENTENCES, REQUEST_FIELDS)
errors.register(RESTART_SENTENCES, RESTART_FIELDS)
errors.register(ENVIRONMENT_SENTENCES, ENVIRONMENT_FIELDS)
errors.register(CERTIFICATE_SENTENCES, CERTIFICATE_FIELDS)
errors.register(DEPOSIT_SENTENCES, DEPOSIT_FIELDS)
errors.register(DELIVERY_SENTENCES, {})

# The first listener that matches gets a payload, and later features take over some ids of earlier ones where they
# are about something of theirs: so they stand first, the Home before all.
_FEATURES = (
    register_commands,
    register_deposit,
    register_copying,
    register_certificates,
    register_card_menu,
    register_environments,
    register_leaving,
    register_settings,
    register_expiry,
    register_restarts,
    register_performing,
    register_connections,
    register_requests,
    register_handing_out,
    register_trying,
)
SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "team:read",
        "usergroups:read",
        "users:read",
    }
)


def build(
    desk: Desk,
    *,
    client: Client,
    signing_secret: str | None,
    http: aiohttp.ClientSession,
    file_hosts: frozenset[str],
    tracker: InFlight,
    people: People | None = None,
    public_url: str = "",
) -> AsyncApp:
    """Return the Bolt app of ``client``'s workspace; without ``signing_secret`` (Socket Mode) HTTP is refused.

    ``people`` is shared with whoever else asks who somebody is.
    """
    app = AsyncApp(
        name="certdesk",
        client=client,
        logger=_quiet(),
        # Bolt would take an empty secret, with which anybody could sign.
        signing_secret=signing_secret or secrets.token_hex(32),
        before_authorize=tracker.track(noticing(desk)),
    )
    token = SecretStr(client.token or "")
    files = SlackFiles(client=client, http=http, token=token, hosts=file_hosts, most=desk.policy.max_bytes)
    context = Context(desk, client, http, files, people or People(client), tracker, public_url)
    register_home(app, context, COMMANDS)
    for register in _FEATURES:
        register(app, context)
    app.error(_failed)
    return app


def _quiet() -> logging.Logger:
    """Return the logger whose level all of Bolt's take over; without it they take the root's, and print payloads.

    At INFO bolt prints the whole body of a request whose signature does not fit, which a wrong clock is enough for.
    """
    hold_down()
    quiet = logging.getLogger("slack_bolt.certdesk")
    quiet.setLevel(logging.WARNING)
    return quiet


async def _failed(error: Exception) -> None:
    """Log only the error's kind: Bolt's own handler would log its text, which may hold what somebody typed."""
    log_failure("payload_failed", error)
