"""An issuer of workload identities, for tests: its discovery document, its keys, and the tokens that it signs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet


class Issuer:
    """Signs for ``subject``; its keys can be rotated, and it can be away."""

    def __init__(self) -> None:
        self.address = ""
        self.keys = [ECKey.generate_key("P-256", parameters={"kid": "key-1"})]
        self.away = False
        self.asked = 0
        self.document: dict[str, Any] = {}
        self.key_set: Any = None

    def token(self, subject: str, now: datetime, *, key: ECKey | None = None, **claims: Any) -> str:
        """A token that is valid for ten minutes, unless ``claims`` say otherwise; None leaves a claim out."""
        signing = key or self.keys[-1]
        known = {
            "iss": self.address,
            "sub": subject,
            "aud": ["certdesk"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=10)).timestamp()),
            **claims,
        }
        header = {"alg": "ES256", "kid": signing.kid}
        return jwt.encode(header, {name: value for name, value in known.items() if value is not None}, signing)

    def rotate(self) -> None:
        """Sign with another key from now on; the one before is not published any more."""
        self.keys = [ECKey.generate_key("P-256", parameters={"kid": f"key-{len(self.keys) + 1}"})]

    async def discovery(self, _request: web.Request) -> web.Response:
        self.asked += 1
        if self.away:
            return web.Response(status=503)
        return web.json_response({"issuer": self.address, "jwks_uri": f"{self.address}/keys", **self.document})

    async def published(self, _request: web.Request) -> web.Response:
        if self.key_set is not None:
            return web.json_response(self.key_set)
        return web.json_response(KeySet([*self.keys]).as_dict(private=False))


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    issuer, app = Issuer(), web.Application()
    app.router.add_get("/.well-known/openid-configuration", issuer.discovery)
    app.router.add_get("/keys", issuer.published)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
