"""From a connection, as it is kept, to the platform behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from pydantic import SecretStr

from bot.desk.base.platforms import Platform
from bot.platforms import addresses
from bot.platforms.deploy_api import DeployApi
from bot.platforms.webhook import Order, Webhook
from store import Connection, Environment, PerformedRestart
from store.restarts import connections


@dataclass(frozen=True, slots=True)
class Connected:
    """Makes platforms; ``hosts`` are those that the operator lets webhooks go to, or none for any that is encrypted."""

    session: aiohttp.ClientSession
    clock: Callable[[], datetime]
    deploy_api: str
    hosts: frozenset[str] = frozenset()

    def of(
        self, connection: Connection, secret: SecretStr, place: Environment, run: PerformedRestart | None
    ) -> Platform:
        """See :class:`bot.desk.base.platforms.Platforms`."""
        settings = connection.settings
        if connection.kind == connections.WEBHOOK:
            order = Order(run.id, place.path, run.by, run.began_at) if run else Order("", place.path, "", self.clock())
            return Webhook(
                self.session, settings["url"], settings.get("expect", ""), secret, order, self.clock, self.is_allowed
            )
        return DeployApi(self.session, self.deploy_api, settings["app"], settings["mode"], settings["username"], secret)

    def is_allowed(self, url: str) -> bool:
        """See :class:`bot.desk.base.platforms.Platforms`."""
        return addresses.is_allowed(url, self.hosts)
