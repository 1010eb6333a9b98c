"""``certdesk demo``: the whole bot against the practice workspace, on this machine and in one command."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def demo(
    port: Annotated[int, typer.Option(help="The page's port; 0 takes a free one.")] = 8480,
    folder: Annotated[
        Path | None, typer.Option(help="Keep database and key file here; a passing folder otherwise.")
    ] = None,
    log_level: Annotated[str, typer.Option(help="The bot's log level.")] = "ERROR",
) -> None:
    """Try Certdesk without Slack: a practice workspace in the browser, with sample files to drop."""
    from bot import logs
    from bot.cli.demo.practice import practise

    logs.configure(log_level.upper())
    asyncio.run(practise(port, folder))
