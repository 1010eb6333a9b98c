"""``certdesk demo``: the whole bot with the practice workspace, on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.cli.given import usage

_PORT = 8480
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def demo(
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help=f"The port of the page; 0 is any free one. By default {_PORT}, or a free one if {_PORT} is taken.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the database and the key file here. Without it, nothing is kept."),
    ] = None,
    log_level: Annotated[
        LogLevel,
        typer.Option(metavar="LEVEL", case_sensitive=False, help="DEBUG, INFO, WARNING or ERROR."),
    ] = "ERROR",
) -> None:
    """Try Certdesk without Slack.

    Starts the bot with a practice workspace in the browser, and sample files to drop.
    """
    from bot import logs
    from bot.cli.demo.practice import PortTaken, practise
    from bot.settings import SettingsError
    from store import StoreError

    logs.configure(log_level)
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        usage(f"{folder} cannot be used as a folder: {error.strerror}.")
    try:
        asyncio.run(practise(_PORT if port is None else port, folder, insist=port is not None))
    except PortTaken as taken:
        usage(f"Port {taken.port} cannot be used: choose another with --port, or 0 for a free one.")
    except SettingsError as error:
        usage("\n".join(error.sentences))
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
