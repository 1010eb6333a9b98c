"""``certdesk run``: the bot itself, over HTTP or Socket Mode."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING, Any

import typer

from bot.cli.given import usage

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiohttp import web

    from bot.settings import Settings

_NOT_LISTENING = {
    errno.EADDRINUSE: "another program uses the port",
    errno.EADDRNOTAVAIL: "the address is not one of this machine",
    errno.EACCES: "the system does not permit this port; ports from 1024 on are free for all",
}


def run() -> None:
    """Start the bot.

    With SLACK_APP_TOKEN it uses Socket Mode, else HTTP at /slack/events.
    """
    import structlog

    from bot import logs
    from bot.app import REFUSALS, create_app
    from bot.desk.opener.confinement import hide_memory
    from store import StoreError

    # Keys and passwords pass through it: no other process of this user reads them, and no core file holds them.
    hide_memory()
    settings = _settings()
    logs.configure(settings.log_level)
    mode = "socket" if settings.socket_mode else "http"
    structlog.get_logger(__name__).info("starting", mode=mode, host=settings.host, port=settings.port)
    app = create_app(settings)
    try:
        _until_stopped(_serve(app, settings))
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        if (why := _why_not_listening(error)) is None:
            raise
        usage(
            f"Certdesk cannot listen on {settings.host} port {settings.port}: {why}. "
            "Change CERTDESK_HOST or CERTDESK_PORT."
        )
    if app[REFUSALS]:
        typer.echo(str(app[REFUSALS][0]), err=True)
        raise typer.Exit(1)


def _until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    """Run until a signal comes, and then to the end of the cleanup: of all tasks, the first alone is cancelled."""
    import asyncio
    from contextlib import suppress

    from aiohttp.web import GracefulExit

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        main = loop.create_task(serving)
        try:
            loop.run_until_complete(main)
        except (GracefulExit, KeyboardInterrupt):
            main.cancel()
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(main)


async def _serve(app: web.Application, settings: Settings) -> None:
    """Listen until it is cancelled."""
    from asyncio import Event

    from aiohttp.web import TCPSite

    from bot.connections import GuardedRunner

    runner = GuardedRunner(app, most=settings.most_connections, handle_signals=True)
    try:
        await runner.setup()
        await TCPSite(runner, settings.host, settings.port).start()
        await Event().wait()
    finally:
        await runner.cleanup()


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        usage("\n".join(error.sentences))


def _why_not_listening(error: OSError) -> str | None:
    """Return why the address cannot be used; None for any other error."""
    if isinstance(error, socket.gaierror):
        return "the host name is unknown"
    return _NOT_LISTENING.get(error.errno or 0)
