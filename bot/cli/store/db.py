"""``certdesk db``: upgrade the database's schema."""

from __future__ import annotations

import typer

db_commands = typer.Typer(help="Upgrade the database's schema.", no_args_is_help=True, rich_markup_mode="markdown")


@db_commands.callback()
def _group() -> None:
    """Keep ``db`` a group while it has one command."""


@db_commands.command("upgrade")
def upgrade() -> None:
    """Bring the database's schema up to date, or create it.

    The bot does the same when it starts. Several that start together do it once.
    """
    from bot.cli.store.opened import run, settings
    from store.database import make_engine, try_file
    from store.operations import schema

    given = settings()

    async def work() -> None:
        engine = make_engine(given.database_url)
        try:
            try_file(engine)
            await schema.upgrade(engine)
        finally:
            await engine.dispose()

    run(work)
    typer.echo("The database is up to date.")
