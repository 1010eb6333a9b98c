"""A pipeline of one's own, which a webhook asks for the restart: what people read of it, and its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.desk.base.platforms import Field, PlatformKind, Words
from bot.platforms import addresses
from bot.platforms.fields import LONGEST, SEALED, is_word
from bot.platforms.webhook import Order, Webhook
from store import Environment, PerformedRestart

NAME = "webhook"
_SHORTEST_SECRET = 16
# A pipeline knows neither accounts nor rights, but the secret that our calls are signed with.
_REFUSED = {
    f"http_{status}": f"The pipeline refused my call (HTTP {status}). Check that both use the same secret."
    for status in (401, 403)
}
_WORDS = Words(
    title="A webhook",
    summary="I ask your own pipeline to restart it",
    about=(
        "I send one signed POST to your pipeline, which restarts the app. How the signature is checked, and what I "
        "understand as an answer, stands in Certdesk's README."
    ),
    api="a webhook",
    app="a webhook at",
    reasons={
        **_REFUSED,
        "unexpected": "The pipeline answered, but not with the expected text.",
        "foreign_status": "The pipeline gave a status address on another host. I ask only its own host.",
        "not_allowed": "The webhook's address is no longer allowed. Ask your operator.",
    },
)
_EXPECT = Field(
    "expect",
    "Expected in the answer",
    hint="A text that the answer must hold. Left empty, a status from 200 to 299 is enough.",
    error="Give a text of at most 200 characters, or none.",
    is_optional=True,
    fits=lambda text: len(text) <= LONGEST,
)
_SECRET = Field(
    "secret",
    "Secret",
    hint="At least 16 characters, known to the pipeline as well: it signs what I send. " + SEALED,
    error="Give 16 to 200 letters, digits and signs without spaces, the same that the pipeline knows.",
    fits=lambda text: is_word(text, _SHORTEST_SECRET),
)


def kind(session: aiohttp.ClientSession, clock: Callable[[], datetime], hosts: frozenset[str]) -> PlatformKind:
    """Declare it; ``hosts`` are those that the operator lets webhooks go to, or none for any that is encrypted."""

    def is_allowed(url: str) -> bool:
        return addresses.is_allowed(url, hosts)

    def client(
        settings: Mapping[str, str], secret: SecretStr, place: Environment, run: PerformedRestart | None
    ) -> Webhook:
        order = Order(run.id, place.path, run.by, run.began_at) if run else Order("", place.path, "", clock())
        url, key = _with_query(settings["url"], secret.get_secret_value())
        return Webhook(session, url, settings.get("expect", ""), SecretStr(key), order, clock, is_allowed)

    address = Field(
        "url",
        "Address",
        hint="https, without a user name or password in it. Redirects are not followed.",
        placeholder="https://pipeline.example/restart",
        error=(
            "Give an https address without a user name or password in it. This machine and link-local addresses, or "
            "hosts that your operator has not listed, are not allowed."
        ),
        longest=500,
        fits=is_allowed,
    )
    return PlatformKind(
        name=NAME,
        words=_WORDS,
        fields=(address, _EXPECT),
        secret=_SECRET,
        # The path of the address may hold a token.
        target=lambda settings: urlsplit(settings["url"]).netloc,
        details=lambda settings: {"address": settings["url"]},
        client=client,
        by_itself=True,
        hide=_without_query,
    )


def _without_query(settings: Mapping[str, str], secret: str) -> tuple[Mapping[str, str], str]:
    """Keep the address's query, which often is a token, in a line below the secret; a secret has no lines."""
    url, mark, query = settings["url"].partition("?")
    return ({**settings, "url": url}, f"{secret}\n{query}") if mark else (settings, secret)


def _with_query(url: str, kept: str) -> tuple[str, str]:
    """Return the whole address, and the secret that calls are signed with."""
    secret, line, query = kept.partition("\n")
    return (f"{url}?{query}" if line else url), secret
