"""``certdesk exec`` and ``certdesk sync``, which run beside an app."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.delivery.prepared import ExecForm
from bot.cli.delivery.target import target
from bot.cli.given import usage


def execute(  # noqa: PLR0917  the command line's options, which are called by name
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What is started, behind --.")],
    environment: Annotated[str, typer.Option(metavar="APP/ENVIRONMENT", help="Whose certificates.")],
    form: Annotated[
        ExecForm, typer.Option(metavar="FORM", help="What the app reads: buildpack, runtime, files or json.")
    ] = ExecForm.FILES,
    watch: Annotated[bool, typer.Option("--watch", help="Restart the command when its certificates change.")] = False,
    grace: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long the command may take to end before a restart.")
    ] = 30.0,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the last bundle, encrypted, and start from it if the desk is away."),
    ] = None,
    wait: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="For how long to try to reach the desk at the start.")
    ] = 30.0,
    settle: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long the command must run to count as started.")
    ] = 2.0,
    instance: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of this instance; without it, the machine's.")
    ] = None,
) -> None:
    """Start COMMAND with the certificates of an environment.

    CERTDESK_URL is the desk's address, CERTDESK_TOKEN (or CERTDESK_TOKEN_FILE) a delivery token. Signals and the exit
    status are passed through; 125 is certdesk's own.
    """
    from bot.cli.delivery.execution import Options, run

    meant = target(environment, instance)
    if cache is not None and meant.is_identity:
        usage("--cache needs a delivery token, under which it is encrypted: an identity's token changes.")
    options = Options(tuple(command), form, watch, grace, cache, wait, settle)
    raise typer.Exit(asyncio.run(run(options, meant)))


def sync(  # noqa: PLR0917  the command line's options, which are called by name
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A link to the current files; made if missing.")],
    environment: Annotated[str, typer.Option(metavar="APP/ENVIRONMENT", help="Whose certificates.")],
    on_change: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Run by the shell after each change; the app reloads with it.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Fetch once and end, for an init container.")] = False,
    wait: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="For how long to try to reach the desk at the start.")
    ] = 30.0,
    instance: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of this instance; without it, the machine's.")
    ] = None,
) -> None:
    """Keep DIR up to date with the files of an environment.

    DIR is a symbolic link that is switched to a new folder in one step: whoever reads it finds all of the old or all of
    the new. CERTDESK_URL is the desk's address, CERTDESK_TOKEN (or CERTDESK_TOKEN_FILE) a delivery token.
    """
    from bot.cli.delivery.synced_folder import NotOurs, SyncedFolder
    from bot.cli.delivery.syncing import run

    meant = target(environment, instance)
    try:
        folder = SyncedFolder(directory)
    except NotOurs:
        usage(f"{directory} is there already and is no link of certdesk: name a path inside of it, such as ./current.")
    raise typer.Exit(asyncio.run(run(folder, meant, on_change, wait, once=once)))
