"""The command line: every command, by group.

Commands import what they need when they run: every worker process that opens a file imports this module first.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from bot.cli.delivery.commands import execute, sync
from bot.cli.demo.demo import demo
from bot.cli.inspect import inspect
from bot.cli.repack import repack
from bot.cli.run import run
from bot.cli.store.audit import audit_commands
from bot.cli.store.backup import back_up, restore_backup
from bot.cli.store.db import db_commands
from bot.cli.store.handing_out import hand_out
from bot.cli.store.importing import import_files
from bot.cli.store.inventory import list_inventory
from bot.cli.store.keys import keys_commands
from bot.cli.store.purge import purge
from bot.cli.trying import try_

RUN, APPS, FILES, STORE, OPERATE = "Run", "Beside an app", "Check files", "Store", "Operate"

app = typer.Typer(
    name="certdesk",
    no_args_is_help=True,
    # Joins the lines of a docstring's paragraph; otherwise they stay where the source breaks them.
    rich_markup_mode="markdown",
    # Rich tracebacks print local variables, and a local may be a password.
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("run", rich_help_panel=RUN)(run)
app.command("demo", rich_help_panel=RUN)(demo)
app.command("exec", rich_help_panel=APPS)(execute)
app.command("sync", rich_help_panel=APPS)(sync)
app.command("try", rich_help_panel=APPS)(try_)
app.command("inspect", rich_help_panel=FILES)(inspect)
app.command("repack", rich_help_panel=FILES)(repack)
app.command("import", rich_help_panel=STORE)(import_files)
app.command("hand-out", rich_help_panel=STORE)(hand_out)
app.command("inventory", rich_help_panel=STORE)(list_inventory)
app.add_typer(audit_commands, name="audit", rich_help_panel=STORE)
app.add_typer(keys_commands, name="keys", rich_help_panel=OPERATE)
app.command("backup", rich_help_panel=OPERATE)(back_up)
app.command("restore", rich_help_panel=OPERATE)(restore_backup)
app.command("purge", rich_help_panel=OPERATE)(purge)
app.add_typer(db_commands, name="db", rich_help_panel=OPERATE)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"certdesk {version('certdesk')}")
        raise typer.Exit


@app.callback()
def _certdesk(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Manage the certificates of your apps in Slack.

    Settings come from environment variables: see the README.
    """


def main() -> None:
    """Run the console script."""
    app(prog_name="certdesk")
