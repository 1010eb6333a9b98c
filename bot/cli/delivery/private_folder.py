"""A folder for private keys that disappears with the processes that use it, however they end.

It lies in memory (``/dev/shm``) where there is one. A process of its own waits for the end of a pipe that the command
and its starter hold open, and removes the folder then: a killed process holds nothing any more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  the folder itself is made with a random name, for its owner alone
# Reads until nobody holds the other end, then removes the folder: nothing of it is imported, so that it starts at once.
_REMOVE = "import os,shutil,sys\nwhile os.read(0,64):pass\nshutil.rmtree(sys.argv[1],ignore_errors=True)"


class PrivateFolder:
    """A new folder (0700). ``keep_alive`` is the descriptor that whoever uses it inherits."""

    def __init__(self) -> None:
        base = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self.path = Path(tempfile.mkdtemp(prefix="certdesk-", dir=base))
        reading, self.keep_alive = os.pipe()
        # In a session of its own, so that Ctrl-C in a terminal does not end it before the others.
        self._remover = subprocess.Popen(  # noqa: S603  our own interpreter and a folder that we made
            [sys.executable, "-I", "-S", "-c", _REMOVE, str(self.path)],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(reading)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write the files (0600). Raises OSError."""
        for name, content in files.items():
            write_private(self.path / name, content)

    def close(self) -> None:
        """Remove the folder now."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.keep_alive)
        with suppress(subprocess.TimeoutExpired):
            self._remover.wait(1)


def write_private(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Create a file (0600); a ``durable`` one is on the disk afterwards. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
