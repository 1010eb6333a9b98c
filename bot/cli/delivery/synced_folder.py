"""A folder that is complete at every moment: a symbolic link, which is switched to a new folder in one step.

Beside the link ``DIR`` stand the folders that it points to, ``.DIR.REVISION-RANDOM`` (0700). A new one is written whole
and to the disk before the link is replaced (rename(2) is atomic); older ones are removed afterwards.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.cli.delivery.private_folder import write_private

# Beside the files: what the folder holds, for the next start.
NOTE = ".certdesk.json"


class NotOurs(Exception):
    """The path is something else than our link."""


class SyncedFolder:
    """The folder at ``path``. Raises :class:`NotOurs` where something else stands there."""

    def __init__(self, path: Path) -> None:
        # The last part stays as it is: it is the link.
        self.path = path.parent.resolve() / path.name
        if not self.path.is_symlink() and self.path.exists():
            raise NotOurs

    def etag(self) -> str:
        """Return the entity tag of what the folder holds; empty if it holds nothing that can be relied on."""
        try:
            note = json.loads((self.path / NOTE).read_text())
            whole = all((self.path / name).is_file() for name in note["files"])
            return str(note["etag"]) if whole else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def switch(self, files: Mapping[str, bytes], *, etag: str, revision: int) -> None:
        """Replace everything in the folder in one step. Raises OSError, and nothing is changed then."""
        new = self.path.with_name(f".{self.path.name}.{revision}-{secrets.token_hex(4)}")
        try:
            new.mkdir(0o700)
            note = json.dumps({"etag": etag, "revision": revision, "files": sorted(files)})
            for name, content in {**files, NOTE: note.encode()}.items():
                write_private(new / name, content, durable=True)
            _to_disk(new)
            self._point_to(new)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise
        self.tidy()

    def tidy(self) -> None:
        """Remove the folders that the link does not point to: of earlier revisions, and of a run that was killed."""
        current = self.path.readlink().name if self.path.is_symlink() else ""
        for other in self.path.parent.glob(f".{self.path.name}.*"):
            if other.name == current:
                continue
            if other.is_dir() and not other.is_symlink():
                shutil.rmtree(other, ignore_errors=True)
            else:
                with suppress(OSError):
                    other.unlink()

    def _point_to(self, new: Path) -> None:
        link = self.path.with_name(f".{self.path.name}.link-{secrets.token_hex(4)}")
        link.symlink_to(new.name, target_is_directory=True)
        try:
            link.replace(self.path)
        except OSError:
            link.unlink(missing_ok=True)
            raise
        _to_disk(self.path.parent)


def _to_disk(folder: Path) -> None:
    """Write a folder's entries to the disk (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
