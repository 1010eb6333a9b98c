"""An app at the bot's door, for tests: what it fetches and reports, and the certificates that people add for it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from tests import making
from tests.flows.world import World, shown

PRODUCTION = "orders/production"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Answer:
    """What the bot answered."""

    status: int
    text: str
    headers: CIMultiDictProxy[str]

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> str:
        return str(self.body["error"])


@dataclass
class App:
    """An app with a token, which calls the bot at ``base``."""

    base: str
    token: str
    path: str = PRODUCTION

    async def fetch(
        self, form: str = "json", *, etag: str = "", headers: dict[str, str] | None = None, **query: Any
    ) -> Answer:
        sent = {**({"If-None-Match": etag} if etag else {}), **(headers or {})}
        wanted = {"form": form, **{name: str(value) for name, value in query.items()}}
        return await self._call("GET", "bundle", headers=sent, params=wanted)

    async def loaded(
        self, instance: str, revision: int | None = None, fingerprints: Sequence[str] = (), **more: Any
    ) -> Answer:
        body = {"instance": instance, "fingerprints": list(fingerprints), **more}
        if revision is not None:
            body["revision"] = revision
        return await self._call("POST", "loaded", json=body)

    async def comes_up(self, instance: str) -> Answer:
        """Fetch, and report what was fetched."""
        bundle = (await self.fetch()).body
        return await self.loaded(instance, bundle["revision"], [one["sha256"] for one in bundle["client_certificates"]])

    async def _call(self, method: str, what: str, *, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        sent = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **(headers or {})}
        url = f"{self.base}/v1/environments/{self.path}/{what}"
        async with aiohttp.ClientSession() as session, session.request(method, url, headers=sent, **more) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)


def base_of(world: World) -> str:
    return str(world.workspace.bot_url).removesuffix("/slack/events")


async def delivery_token(world: World, more: str = "", *, path: str = PRODUCTION) -> str:
    """A token for delivery, as Alice reads it."""

    def tokens() -> list[str]:
        return re.findall(r"cdd_[\w-]{43}", shown({"all": world.workspace.ephemerals(world.alice, world.orders)}))

    before = len(tokens())
    await world.workspace.command(world.alice, world.orders, f"/cert env delivery-token {path} {more}".rstrip())
    await world.workspace.wait_for(lambda: len(tokens()) > before)
    return tokens()[-1]


async def an_app(world: World, more: str = "", *, path: str = PRODUCTION) -> App:
    """An app with a new token."""
    return App(base_of(world), await delivery_token(world, more, path=path), path)


async def added(world: World, label: str, leaf: making.Made | None = None, *, pins: str = "") -> making.Made:
    """Alice drops a container and unlocks it under a label; what was added."""
    chain = making.make_chain(f"{label}.example") if leaf is None else (leaf,)
    dropped = f"{label}-{next(_NUMBERS)}.pfx"
    await world.workspace.drop_file(world.alice, world.orders, dropped, making.pfx(chain[0], chain[1:]))
    offer = await world.sees_privately(world.alice, dropped)
    cards = sum("card_details" in shown(one) for one in world.workspace.messages(world.orders))
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    typed = {"label": label, "password": making.PASSWORD, "pins": pins}
    values = {name: {"value": value} for name, value in typed.items() if value}
    result = await world.workspace.submit(world.alice, view["id"], values)
    if result.action == "update":  # warnings need a second click
        result = await world.workspace.submit(world.alice, world.top_view(world.alice)["id"], {})
    assert result.action in {"clear", "close"}, result
    await world.sees("card_details", count=cards + 1)
    return chain[0]
