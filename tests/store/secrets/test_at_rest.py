"""What lies on the disk: sealed keys, and nothing that opens them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import SecretBytes

from store import KeyRing, Store, open_store
from store.certificates import clients
from tests.databases import PostgresServer
from tests.store.facts import ALICE, NOW, a_version, an_environment, deposited, private_key


async def secrets_of(store: Store) -> list[bytes]:
    """Deposit two versions, reveal one, and give everything that must be found nowhere."""
    keys = [private_key(), private_key()]
    async with store.transaction() as tx:
        made = await an_environment(tx)
        for key in keys:
            version = await deposited(tx, made.id, "bank", new=a_version(key=key))
        await clients.reveal(tx, version_id=version.id, by=ALICE, at=NOW, why="packing")
    assert isinstance(store.ring, KeyRing)
    ring = [key.get_secret_value() for key in store.ring.keys.values()]
    return [*(key.get_secret_value() for key in keys), *ring, store.audit_key]


def holding(folder: Path, secrets: list[bytes]) -> list[Path]:
    """The files below ``folder`` that hold one of them, or the middle of one, as it is or in hexadecimal."""
    parts = [part for secret in secrets for part in (secret[-24:], secret[-24:].hex().encode())]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(b"CN=bank" in path.read_bytes() or b"Partner" in path.read_bytes() for path in files), (
        "nothing looked at"
    )
    return [path for path in files if any(part in path.read_bytes() for part in parts)]


async def test_no_key_is_in_the_file(sqlite_url: str, ring: KeyRing, tmp_path: Path) -> None:
    """Neither private keys nor ring keys are in the database's file or its journal, open or closed."""
    async with open_store(sqlite_url, ring) as store:
        secrets = await secrets_of(store)
        assert holding(tmp_path, secrets) == []
    assert holding(tmp_path, secrets) == []


async def test_no_key_is_with_the_server(postgres: PostgresServer, postgres_url: str, ring: KeyRing) -> None:
    """Nor in PostgreSQL's tables, its write-ahead log and its log."""
    async with open_store(postgres_url, ring) as store:
        secrets = await secrets_of(store)
    postgres.run("CHECKPOINT")
    assert holding(postgres.data, secrets) == []


async def test_no_key_is_in_a_log(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the database's and the drivers' loggers are let down to DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "aiosqlite", "asyncio", "alembic"):
        caplog.set_level(logging.DEBUG, logger=name)
    for secret in await secrets_of(store):
        assert secret.hex() not in caplog.text
        assert repr(secret)[2:-1] not in caplog.text


async def test_a_row_prints_no_key(store: Store) -> None:
    """Values that leave the store have no key but the one that was asked for, which masks itself."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id)
        key = await clients.reveal(tx, version_id=version.id, by=ALICE, at=NOW, why="packing")
        shown = repr(tx) + repr(store) + repr(version) + repr(key) + str(key)
    assert isinstance(key, SecretBytes)
    assert repr(key.get_secret_value())[2:30] not in shown
    assert "SecretBytes(b'**********')" in shown
    assert "key" not in type(version).__dataclass_fields__
