"""The command line: ``certdesk run``, ``demo``, ``inspect``, ``repack`` and ``keys``.

Commands import what they need when they run: every worker process that opens a file imports this module first.
"""

from __future__ import annotations

import typer

from bot.cli.demo import demo
from bot.cli.inspect import inspect
from bot.cli.keys import keys
from bot.cli.repack import repack
from bot.cli.run import run

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
app.add_typer(keys, name="keys")


def main() -> None:
    """Entry point of the console script."""
    app()
