"""Every earlier schema, with rows in it, comes up to date without losing one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretBytes
from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from store import KeyRing, audit_chain, open_store, queue
from store.certificates import clients
from store.database import begun, make_engine
from store.models import AuditHeadRow, Base, SecretRow
from store.operations.schema import upgrade
from store.restarts import runs
from store.secrets.sealing import Place, seal
from tests import making, today

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LATER = today.NOW + timedelta(hours=1)
PLACE, CERTIFICATE = "e" * 32, "c" * 32


def _rows() -> dict[str, list[dict[str, Any]]]:
    """An environment with two versions under one label, as the first schema kept them."""
    upload = {"channel": "C1", "member": "U1", "name": "x", "size": 1, "state": "stored", "holds_key": True, "at": NOW}
    version = {
        "certificate_id": CERTIFICATE,
        "subject": "CN=Partner Bank,O=Example",
        "issuer": "CN=CA",
        "serial": "7",
        "not_before": NOW,
        "not_after": NOW,
        "effective_end": NOW,
        "key_type": "EC P-256",
        "signature": "SHA-256 with ECDSA",
        "san": [],
        "eku": [],
        "leaf_der": b"leaf",
        "chain": [],
        "key_id": "k1",
        "wrapped_key": b"w",
        "sealed_key": b"s",
        "deposited_by": "U1",
        "deposited_at": NOW,
    }
    return {
        "environment": [
            {
                "id": PLACE,
                "app": "orders",
                "name": "production",
                "channel": "C1",
                "timezone": "UTC",
                "runtime": "java",
                "created_by": "U1",
                "created_at": NOW,
            }
        ],
        "upload": [{**upload, "id": f"u{number}"} for number in (1, 2)],
        "certificate": [
            {"id": CERTIFICATE, "environment_id": PLACE, "label": "bank", "current_number": 2, "created_at": NOW}
        ],
        "version": [
            {**version, "id": f"v{number}", "number": number, "upload_id": f"u{number}", "sha256": f"{number}" * 64}
            for number in (1, 2)
        ],
    }


def _fill(connection: Connection, given: dict[str, list[dict[str, Any]]] | None = None) -> None:
    """Write the rows through the schema that is there, not through the models of today."""
    there = MetaData()
    for name, rows in (given or _rows()).items():
        connection.execute(Table(name, there, autoload_with=connection).insert(), rows)


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata))


async def _begin(engine: AsyncEngine, ring: KeyRing) -> None:
    """The first schema, with the key of the audit log that every database got then as it was opened first."""
    await upgrade(engine, "0001")
    key = SecretBytes(bytes(32))
    sealed = await seal(ring, key, Place("audit-key", "", "", ""))
    async with begun(engine) as session:
        session.add(
            SecretRow(name="audit-key", key_id=sealed.key_id, wrapped_key=sealed.wrapped, sealed_key=sealed.sealed)
        )
        session.add(AuditHeadRow(**audit_chain.first_head(key.get_secret_value())))


async def test_the_first_schema_comes_up_to_date_with_its_rows(empty_url: str, ring: KeyRing) -> None:
    """Two versions written under 0001: numbers and history are what a fresh database would have."""
    engine = make_engine(empty_url)
    await _begin(engine, ring)
    async with engine.begin() as connection:
        await connection.run_sync(_fill)
    await upgrade(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        assert (await connection.execute(text("SELECT last_number FROM certificate"))).scalar_one() == 2
    await engine.dispose()
    async with open_store(empty_url, ring) as store, store.transaction() as tx:
        history = await clients.history(tx, CERTIFICATE)
        assert [(one.number, one.replaced, one.current) for one in history] == [(2, 1, True), (1, None, False)]
        owed = await queue.claim(tx, now=LATER, limit=9, lease=timedelta(minutes=1))
        assert sorted((one.kind, one.subject) for one in owed) == [
            ("digest", "C1"),
            ("expiry", "version:v1"),
            ("expiry", "version:v2"),
        ]


async def test_chains_of_0006_get_their_names(empty_url: str, ring: KeyRing) -> None:
    """Names of a chain that was stored without them are read from its bytes; damaged bytes get a fingerprint."""
    root = making.make("Old Root", ca=True, ends=today.NOW + timedelta(days=30))
    leaf = making.make("client.example", root)
    rows = _rows()
    rows["version"][1] |= {"leaf_der": leaf.der, "chain": [root.der.hex(), b"damaged".hex()]}
    engine = make_engine(empty_url)
    await _begin(engine, ring)
    async with engine.begin() as connection:
        await connection.run_sync(_fill, rows)
    await upgrade(engine)
    await engine.dispose()
    async with open_store(empty_url, ring) as store, store.reading() as tx:
        new, old = await clients.history(tx, CERTIFICATE)
        damaged = f"certificate {sha256(b'damaged').hexdigest()[:16]}"
        assert (new.chain_names, new.expires_first) == (("Old Root", damaged), "Old Root")
        assert (old.chain_names, old.expires_first) == ((), "")


async def test_a_run_of_0004_knows_what_it_restarted(empty_url: str, ring: KeyRing) -> None:
    """It is what its environment is connected to; its alarm is found under the name that it has now."""
    engine = make_engine(empty_url)
    await _begin(engine, ring)
    async with engine.begin() as connection:
        await connection.run_sync(_fill)
    await upgrade(engine, "0004")
    async with engine.begin() as connection:
        await connection.run_sync(_fill_a_run)
    await upgrade(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()
    async with open_store(empty_url, ring) as store, store.transaction() as tx:
        (run,) = await runs.failed_before(tx, PLACE, LATER)
        assert (run.kind, run.target, run.has_recovered) == ("webhook", "ci.example:8443", False)
        alarm = await queue.find(tx, "alarm:r1:1")
        assert alarm is not None
        assert (alarm.subject, alarm.ts, alarm.payload) == ("r1:1", "7.0", None)


def _fill_a_run(connection: Connection) -> None:
    there, at = MetaData(), datetime(2026, 11, 24, tzinfo=UTC)
    sealed = {"key_id": "k1", "wrapped_key": b"w", "sealed_key": b"s"}
    run = {"id": "r1", "by": "U1", "began_at": at, "step": "calling", "step_at": at, "edition": 2, "ended_at": at}
    rows: dict[str, dict[str, object]] = {
        "connection": {
            "id": "c1",
            "environment_id": PLACE,
            "kind": "webhook",
            "settings": {"url": "https://ci.example:8443/job?token=x", "expect": ""},
            "created_by": "U1",
            "created_at": at,
            **sealed,
        },
        "performed_restart": {**run, "environment_id": PLACE, "outcome": "unknown", "app_state": "unknown"},
        "due": {
            "id": "d1",
            "kind": "alarm",
            "subject": "r1",
            "key": "alarm:r1",
            "due_at": at,
            "attempts": 1,
            "lane": "say",
            "done_at": at,
            "channel": "C1",
            "ts": "7.0",
        },
    }
    for name, row in rows.items():
        connection.execute(Table(name, there, autoload_with=connection).insert(), [row])
