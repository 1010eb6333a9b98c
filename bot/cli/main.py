"""The command line: the bot, the practice workspace, the doctor, and what operators do with the store.

Commands import what they need when they run: every worker process that opens a file imports this module first.
"""

from __future__ import annotations

import typer

from bot.cli.demo.demo import demo
from bot.cli.inspect import inspect
from bot.cli.repack import repack
from bot.cli.run import run
from bot.cli.store.audit import audit
from bot.cli.store.backup import backup, restore
from bot.cli.store.db import db
from bot.cli.store.importing import import_
from bot.cli.store.inventory import inventory
from bot.cli.store.keys import keys
from bot.cli.store.purge import purge

app = typer.Typer(
    name="certdesk",
    help="A certificate desk in Slack.",
    no_args_is_help=True,
    # Rich tracebacks print local variables, and a local may be a password.
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("run")(run)
app.command("demo")(demo)
app.command("inspect")(inspect)
app.command("repack")(repack)
app.command("import")(import_)
app.command("inventory")(inventory)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("purge")(purge)
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")
app.add_typer(db, name="db")


def main() -> None:
    """Entry point of the console script."""
    app()
