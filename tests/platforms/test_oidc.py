"""Workload identities: whose token it is, and every token that is none."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from pydantic import SecretStr

from bot.desk.base.desk import Workload
from bot.desk.base.errors import BadToken, TokenFlaw
from bot.platforms import oidc
from bot.platforms.oidc import OidcIssuers
from tests.platforms.issuer import Issuer, issuing
from tests.today import NOW

APP = "system:serviceaccount:orders:app"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as opened:
        yield opened


@pytest.fixture
async def known(issuer: Issuer) -> AsyncIterator[OidcIssuers]:
    async with aiohttp.ClientSession() as session:
        yield OidcIssuers(session, [issuer.address])


async def flaw(known: OidcIssuers, token: str) -> TokenFlaw:
    with pytest.raises(BadToken) as caught:
        await known.workload(SecretStr(token), NOW)
    return caught.value.why


async def test_a_token_says_whose_it_is(issuer: Issuer, known: OidcIssuers) -> None:
    """The keys are asked for once."""
    for _ in range(3):
        assert await known.workload(SecretStr(issuer.token(APP, NOW)), NOW) == Workload(issuer.address, APP)
    assert issuer.asked == 1


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "another"}, TokenFlaw.UNKNOWN),
        ({"aud": None}, TokenFlaw.UNKNOWN),
        ({"iss": "https://another.example"}, TokenFlaw.UNKNOWN),
        ({"exp": None}, TokenFlaw.UNKNOWN),
        ({"exp": int((NOW - timedelta(minutes=2)).timestamp())}, TokenFlaw.EXPIRED),
        ({"nbf": int((NOW + timedelta(minutes=2)).timestamp())}, TokenFlaw.UNKNOWN),
        ({"sub": None}, TokenFlaw.UNKNOWN),
        ({"sub": ""}, TokenFlaw.UNKNOWN),
        ({"sub": 7}, TokenFlaw.UNKNOWN),
        ({"sub": "x" * 256}, TokenFlaw.UNKNOWN),
        ({"sub": "a\nb"}, TokenFlaw.UNKNOWN),
    ],
)
async def test_claims_that_do_not_fit(
    issuer: Issuer, known: OidcIssuers, claims: dict[str, Any], why: TokenFlaw
) -> None:
    """Another audience, another issuer, no end, an end that has passed, one that begins later, no subject."""
    assert await flaw(known, issuer.token(APP, NOW, **claims)) is why


async def test_clocks_may_differ_a_little(issuer: Issuer, known: OidcIssuers) -> None:
    """By less than a minute."""
    late = issuer.token(APP, NOW, exp=int((NOW - timedelta(seconds=30)).timestamp()))
    assert (await known.workload(SecretStr(late), NOW)).subject == APP


async def test_what_nobody_signed_is_no_token(issuer: Issuer, known: OidcIssuers) -> None:
    """No algorithm, a key that whoever verifies has, another key of the same name, changed claims, and no token."""
    good = issuer.token(APP, NOW)
    header, _claims, signature = good.split(".")
    claims = {"iss": issuer.address, "sub": APP, "aud": "certdesk", "exp": int(NOW.timestamp()) + 600}

    def part(of: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(of).encode()).rstrip(b"=").decode()

    stranger = ECKey.generate_key("P-256", parameters={"kid": "key-1"})
    public = json.dumps(issuer.keys[0].as_dict(private=False))
    for token in (
        f"{part({'alg': 'none'})}.{part(claims)}.",
        jwt.encode({"alg": "HS256", "kid": "key-1"}, claims, OctKey.import_key(public)),
        issuer.token(APP, NOW, key=stranger),
        f"{header}.{part({**claims, 'sub': 'root'})}.{signature}",
        f"{header}.{part(claims)}.{signature}.more",
        "a.b.c",
        "..",
        f"{part([])}.{part([])}.x",
        f"{part({})}.{part({'iss': [issuer.address]})}.x",
        good + "x" * 9000,
        good + "é",
    ):
        assert await flaw(known, token) is TokenFlaw.UNKNOWN


async def test_keys_are_rotated(issuer: Issuer, known: OidcIssuers, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one is found by its id, at most now and then; one that is not published any more is none."""
    old = issuer.token(APP, NOW)
    assert (await known.workload(SecretStr(old), NOW)).subject == APP
    issuer.rotate()
    new = issuer.token(APP, NOW)
    assert await flaw(known, new) is TokenFlaw.UNKNOWN
    assert issuer.asked == 1
    monkeypatch.setattr(oidc, "_AGAIN_SECONDS", 0.0)
    assert (await known.workload(SecretStr(new), NOW)).subject == APP
    assert await flaw(known, old) is TokenFlaw.UNKNOWN


async def test_an_issuer_that_is_away(issuer: Issuer, known: OidcIssuers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys nobody knows; with those of before it goes on, for a day."""
    issuer.away = True
    assert await flaw(known, issuer.token(APP, NOW)) is TokenFlaw.ISSUER
    monkeypatch.setattr(oidc, "_AGAIN_SECONDS", 0.0)
    issuer.away = False
    assert (await known.workload(SecretStr(issuer.token(APP, NOW)), NOW)).subject == APP
    issuer.away = True
    monkeypatch.setattr(oidc, "_FRESH_SECONDS", 0.0)
    assert (await known.workload(SecretStr(issuer.token(APP, NOW)), NOW)).subject == APP
    monkeypatch.setattr(oidc, "_KEPT_SECONDS", 0.0)
    assert await flaw(known, issuer.token(APP, NOW)) is TokenFlaw.ISSUER


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://another.example"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
    ],
)
async def test_a_discovery_document_of_somebody_else(
    issuer: Issuer, known: OidcIssuers, document: dict[str, Any]
) -> None:
    """Another issuer's, and keys that are nowhere: as if it were away."""
    issuer.document = document
    assert await flaw(known, issuer.token(APP, NOW)) is TokenFlaw.ISSUER


@pytest.mark.parametrize(
    "key_set",
    [{}, {"keys": 1}, {"keys": [1]}, {"keys": [{}]}, {"keys": [{"kty": ["a"]}]}, {"keys": [{"kty": "RSA"}]}, []],
)
async def test_keys_that_are_none(issuer: Issuer, known: OidcIssuers, key_set: Any) -> None:
    """Whatever is published in their place: as if the issuer were away."""
    issuer.key_set = key_set
    assert await flaw(known, issuer.token(APP, NOW)) is TokenFlaw.ISSUER
