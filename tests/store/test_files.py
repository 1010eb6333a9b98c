"""The files of an SQLite database belong to who runs Certdesk, and to nobody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import KeyRing, open_store
from tests.store.facts import an_environment


@pytest.fixture(autouse=True)
def _careless() -> Iterator[None]:
    """As where files are made for everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.parse(KeyRing.new_entry("tests"))


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_every_file_is_private(tmp_path: Path, ring: KeyRing) -> None:
    """The database, and what SQLite keeps beside it while it is open."""
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store:
        async with store.transaction() as tx:
            await an_environment(tx)
        modes = _modes(tmp_path)
    assert {"desk.sqlite3", "desk.sqlite3-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_files_of_before_become_private(tmp_path: Path, ring: KeyRing) -> None:
    """An earlier version, or somebody who copied them, left them readable."""
    url, file = f"sqlite:///{tmp_path / 'desk.sqlite3'}", tmp_path / "desk.sqlite3"
    async with open_store(url, ring):
        pass
    file.chmod(0o644)
    async with open_store(url, ring) as store:
        async with store.transaction() as tx:
            await an_environment(tx)
        assert set(_modes(tmp_path).values()) == {0o600}
