"""Typing into a tool that insists on a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.verdicts.openssl_made import Maker

_PATIENCE = 10.0


def export_with_two_passwords(maker: Maker, options: Sequence[str], *, encryption: str, mac: str) -> bytes | None:
    """``openssl pkcs12 -export -twopass``, which reads both passwords from the terminal alone."""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        made = room / "out.p12"
        command = maker.command(room, "-twopass", "-out", str(made), *options)
        answers = {r"Encryption Password": encryption, r"MAC Password": mac, r"Export Password": encryption}
        _typed(command, answers)
        return made.read_bytes() if made.exists() and made.stat().st_size else None


def _typed(command: Sequence[str], answers: dict[str, str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], list(command))  # noqa: S606  the tool under test
    seen, end = "", time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            seen += os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError:
            break
        for prompt, answer in answers.items():
            if re.search(prompt + r"[^\n]*:\s*$", seen):
                os.write(terminal, answer.encode() + b"\n")
                seen = ""
                break
    os.waitpid(pid, 0)
    os.close(terminal)
