"""``certdesk try``: what a partner's server says to a certificate, asked from where the app lives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.delivery.target import Target, say, target
from bot.cli.given import usage

if TYPE_CHECKING:
    from bot.certificates.delivery.bundle import Bundle
    from bot.desk.delivery.partners.trying import Tried

_NOT_ACCEPTED = 1


def try_(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The certificate's label.", show_default=False)],
    environment: Annotated[str, typer.Option(metavar="APP/ENVIRONMENT", help="Whose certificate.", show_default=False)],
    host: Annotated[
        str | None,
        typer.Argument(metavar="[HOST[:PORT]]", help="The partner; without it, the pins that are hosts."),
    ] = None,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="For how long to try to reach the desk.")] = 5.0,
) -> None:
    """Try a certificate with a partner's server, from this machine: a TLS handshake, and nothing else is sent.

    The certificate is fetched as an app fetches it (CERTDESK_URL, CERTDESK_TOKEN or CERTDESK_TOKEN_FILE), and stays in
    memory. Exit status 0 if every host accepts it or asks for none, 1 otherwise.
    """
    from bot.slack.delivery.trial_words import PLAIN, said

    several = asyncio.run(_tried(target(environment, None), label, host, wait))
    for one in several:
        typer.echo(said(one, PLAIN))
    if not all(map(_is_accepted, several)):
        raise typer.Exit(_NOT_ACCEPTED)


async def _tried(meant: Target, label: str, host: str | None, wait: float) -> list[Tried]:
    from bot.desk.base.handshakes import Identity
    from bot.desk.delivery.partners.trying import handshaken
    from bot.platforms.handshake import PartnerHandshakes

    bundle = await _bundle(meant, wait)
    found = next((one for one in bundle.clients if one.label == label), None)
    if found is None:
        known = ", ".join(one.label for one in bundle.clients) or "none"
        usage(f"{meant.environment} has no client certificate {label}. It has {known}.")
    where = _where(found.pins, label, host)
    # The partner may be beside the app: what is forbidden to a bot that everybody tells hosts is not to who is here.
    handshakes = PartnerHandshakes(frozenset(name for name, _ in where))
    identity = Identity(found.key, (found.leaf, *found.chain))
    trusted = [one.der for one in bundle.authorities]
    now = datetime.now(UTC)
    return [await handshaken(handshakes, one, identity, trusted, now) for one in where]


async def _bundle(meant: Target, wait: float) -> Bundle:
    import aiohttp

    from bot.cli.delivery.desk_client import DeskClient
    from bot.cli.delivery.following import Following, NoBundle

    async with aiohttp.ClientSession() as session:
        client = DeskClient(session, meant.url, meant.environment, meant.token)
        try:
            return (await Following(client, meant, None).first(wait)).bundle
        except NoBundle as nothing:
            say(f"nothing was tried: {nothing}.")
            raise typer.Exit(_NOT_ACCEPTED) from None


def _where(pins: tuple[str, ...], label: str, host: str | None) -> list[tuple[str, int]]:
    from bot.desk.base.errors import BadHost
    from bot.desk.delivery.partners.trying import host_and_port, hosts_of

    try:
        where = [host_and_port(host)] if host else hosts_of(pins)
    except BadHost:
        usage(f"{host} is no host: write it like partner.example or partner.example:8443.")
    if not where:
        usage(f"No pin of {label} is a host: name the partner, such as partner.example.")
    return where


def _is_accepted(one: Tried) -> bool:
    from bot.desk.base.handshakes import Outcome

    return any(shake.outcome in {Outcome.ACCEPTED, Outcome.NOT_ASKED} for shake in one.handshakes)
