"""The progress bar and the lines above it, on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = [f"certificate-{number:02}-{'x' * 30}.pfx" for number in range(6)]
SCRIPT = f"""
import time
from bot.cli.progress import progress_bar
with progress_bar("importing", {len(NAMES)}) as bar:
    for name in {NAMES!r}:
        bar.line(name)
        bar.advance()
        time.sleep(0.15)
"""
_STEP = re.compile(r"\x1b\[(?P<count>\d*)(?P<code>[AK])|\x1b\[[0-9;?]*[a-zA-Z]|(?P<char>[^\x1b])", re.DOTALL)


def screen(written: str) -> list[str]:
    """What a terminal shows in the end: lines, with the cursor movements that rich uses."""
    lines, row, column = [""], 0, 0
    for step in _STEP.finditer(written):
        if step["code"] == "A":
            row = max(row - int(step["count"] or 1), 0)
        elif step["code"] == "K":
            lines[row] = ""
        elif (char := step["char"]) == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif char == "\r":
            column = 0
        elif char is not None:
            lines[row] = lines[row][:column].ljust(column) + char + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def on_a_terminal(*, stdout: int | None = None) -> str:
    """Run the script with standard error on a terminal, and standard output there too unless it is given."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    running = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=theirs, stdout=stdout or theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 4096):
            written += part
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(ours)
    assert running.wait(timeout=60) == 0
    return written.decode()


def test_lines_stand_above_the_bar() -> None:
    """Every file's line is shown whole, once and in order, with the full bar below."""
    shown = screen(on_a_terminal())
    assert shown[: len(NAMES)] == NAMES
    assert "100%" in shown[len(NAMES)]


def test_redirected_lines_stay_on_standard_output(tmp_path: Path) -> None:
    """With standard output in a file, the lines are there, and the terminal shows the bar alone."""
    with (tmp_path / "out").open("wb") as out:
        shown = screen(on_a_terminal(stdout=out.fileno()))
    assert (tmp_path / "out").read_text().splitlines() == NAMES
    assert "certificate-" not in "\n".join(shown)
    assert "100%" in shown[0]
