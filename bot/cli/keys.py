"""``certdesk keys``: entries of the key ring that seals private keys."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

keys = typer.Typer(help="The key ring that seals private keys.", no_args_is_help=True)


@keys.callback()
def _group() -> None:
    """Keep ``keys`` a group while it has one command."""


@keys.command("new")
def new(
    name: Annotated[str | None, typer.Option(help="A name for the entry; made up when left out.")] = None,
) -> None:
    """Print a new entry for CERTDESK_KEYS or the key file. It is shown once and kept nowhere."""
    from store import KeyRing

    typer.echo(KeyRing.new_entry(name or f"k{secrets.token_hex(4)}").get_secret_value())
