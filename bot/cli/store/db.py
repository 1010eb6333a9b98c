"""``certdesk db``: the schema of the database."""

from __future__ import annotations

import typer

db = typer.Typer(help="The database's schema.", no_args_is_help=True)


@db.callback()
def _group() -> None:
    """Keep ``db`` a group while it has one command."""


@db.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date. The bot does so at start as well; two that start together do it once."""
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
