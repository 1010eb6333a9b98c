"""A progress bar for long commands, on a terminal only: a log file gets none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one command. Print lines with :meth:`line`, or the bar and the lines overwrite each other."""

    progress: Progress
    task: TaskID

    def advance(self, count: int = 1) -> None:
        """Record that ``count`` more are done."""
        self.progress.advance(self.task, count)

    def line(self, text: str) -> None:
        """Print a line on standard output, above the bar where both are on the terminal."""
        if self.progress.console.is_terminal and sys.stdout.isatty():
            self.progress.console.print(Text(text), soft_wrap=True)
        else:
            typer.echo(text)


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Bar]:
    """Show a bar on standard error."""
    console = Console(stderr=True)
    # Left redirected, what belongs on standard output would come out on standard error.
    with Progress(console=console, disable=not console.is_terminal, redirect_stdout=False) as progress:
        yield Bar(progress, progress.add_task(what, total=total))
