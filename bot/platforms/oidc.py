"""Workload identities (OpenID Connect Core 1.0): tokens that a cluster or a CI system signs for its own programs.

The operator names the issuers. A token is one if an issuer's key signed it for the audience ``certdesk``, and it has
not expired. Keys are found by discovery (OpenID Connect Discovery 1.0, section 4) and kept for some minutes; a key that
is not known is looked for again, at most now and then, so that issuers may rotate theirs.
"""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from bot.desk.base.desk import Workload
from bot.desk.base.errors import BadToken, TokenFlaw
from bot.desk.base.platforms import NotReached, Unclear
from bot.platforms.calling import call

log = structlog.get_logger(__name__)

AUDIENCE = "certdesk"
# Signatures that only the issuer can make; none that whoever verifies could.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 60
_LONGEST_TOKEN, _LONGEST_SUBJECT = 8000, 255
_FRESH_SECONDS, _KEPT_SECONDS, _AGAIN_SECONDS = 600.0, 86400.0, 30.0
_DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class _Keys:
    """An issuer's keys, and when they were fetched (monotonic seconds)."""

    found: KeySet
    ids: frozenset[str]
    at: float


class OidcIssuers:
    """The issuers that the operator names, exactly as their tokens do."""

    def __init__(self, session: aiohttp.ClientSession, issuers: Sequence[str]) -> None:
        self.names = tuple(issuers)
        self._session = session
        self._known: dict[str, _Keys] = {}
        self._tried: dict[str, float] = {}
        self._asking = {one: asyncio.Lock() for one in issuers}

    async def workload(self, token: SecretStr, now: datetime) -> Workload:
        """Return whose token this is. Raises BadToken."""
        text = token.get_secret_value()
        issuer, key_id = _claimed(text)
        if issuer not in self.names:
            raise BadToken
        keys = await self._keys(issuer, key_id)
        claims = _verified(text, keys, issuer, now)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
            raise BadToken
        return Workload(issuer, subject)

    async def _keys(self, issuer: str, key_id: str) -> KeySet:
        """Return the issuer's keys: fetched anew where they are old, or do not have this one."""
        async with self._asking[issuer]:
            known, now = self._known.get(issuer), time.monotonic()
            is_enough = known is not None and known.at > now - _FRESH_SECONDS and (not key_id or key_id in known.ids)
            if not is_enough and self._tried.get(issuer, -_KEPT_SECONDS) <= now - _AGAIN_SECONDS:
                self._tried[issuer] = now
                try:
                    known = self._known[issuer] = await self._fetched(issuer)
                except (NotReached, Unclear, ValueError, JoseError) as error:
                    log.warning("issuer_keys_not_fetched", issuer=issuer, kind=type(error).__name__)
        if known is None or known.at <= now - _KEPT_SECONDS:
            raise BadToken(TokenFlaw.ISSUER)
        return known.found

    async def _fetched(self, issuer: str) -> _Keys:
        document = await self._json(issuer.rstrip("/") + _DISCOVERY)
        address = document.get("jwks_uri")
        if document.get("issuer") != issuer or not isinstance(address, str) or not _is_as_safe(address, issuer):
            raise ValueError("the discovery document is another issuer's")
        sent = await self._json(address)
        try:
            found = KeySet.import_key_set(sent)  # type: ignore[arg-type]  # it is looked into there
        except (KeyError, TypeError, AttributeError):
            raise ValueError("no key set") from None
        return _Keys(found, frozenset(one.kid for one in found.keys if one.kid), time.monotonic())

    async def _json(self, url: str) -> dict[str, Any]:
        answer = await call(self._session, "GET", url, headers={"Accept": "application/json"})
        if answer.status != 200 or answer.json is None:
            raise ValueError("no JSON object")
        return answer.json


def _claimed(text: str) -> tuple[str, str]:
    """Return the issuer and the key's id that a token names, which are not proven yet. Raises BadToken."""
    parts = text.split(".")
    if len(parts) != 3 or len(text) > _LONGEST_TOKEN or not text.isascii():
        raise BadToken
    try:
        header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
        return str(claims["iss"]), str(header.get("kid") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadToken from None


def _verified(text: str, keys: KeySet, issuer: str, now: datetime) -> dict[str, Any]:
    """Return the claims of a token that is one. Raises BadToken."""
    wanted = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        token = jwt.decode(text, keys, algorithms=_ALGORITHMS)
        wanted.validate(token.claims)
    except ExpiredTokenError:
        raise BadToken(TokenFlaw.EXPIRED) from None
    except (JoseError, ValueError, TypeError):
        raise BadToken from None
    return dict(token.claims)


def _is_as_safe(address: str, issuer: str) -> bool:
    """Return whether keys come from there as safely as the discovery document came."""
    return urlsplit(address).scheme in {"https", urlsplit(issuer).scheme}
