"""``certdesk run``: the bot itself, over HTTP or Socket Mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings import Settings


def run() -> None:
    """Serve Slack: HTTP at /slack/events, or Socket Mode where SLACK_APP_TOKEN is set."""
    import structlog
    from aiohttp import web

    from bot import logs
    from bot.app import REFUSALS, create_app
    from store import RingError, StoreError

    settings = _settings()
    logs.configure(settings.log_level)
    mode = "socket" if settings.socket_mode else "http"
    structlog.get_logger(__name__).info("starting", mode=mode, host=settings.host, port=settings.port)
    app = create_app(settings)
    try:
        web.run_app(app, host=settings.host, port=settings.port, print=None)
    except (RingError, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if app[REFUSALS]:
        typer.echo(str(app[REFUSALS][0]), err=True)
        raise typer.Exit(1)


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        for sentence in error.sentences:
            typer.echo(sentence, err=True)
        raise typer.Exit(2) from None
