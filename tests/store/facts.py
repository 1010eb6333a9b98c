"""Facts for the store's tests: what somebody deposits, and the rows that it needs around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretBytes

from store import Change, Environment, NewAuthority, NewVersion, Store, Transaction, Version, environments, uploads
from store.certificates import clients

NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ALICE, BOB = "U0ALICE", "U0BOB"
CHANNEL = "C0ORDERS"


def private_key() -> SecretBytes:
    """A new private key, PKCS #8 DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    return SecretBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def a_version(name: str = "bank", **changes: Any) -> NewVersion:
    """A deposit whose certificate is told apart by ``name`` (the store looks into none)."""
    new = NewVersion(
        leaf_der=f"leaf of {name}".encode(),
        chain_der=(f"intermediate of {name}".encode(), f"root of {name}".encode()),
        key=private_key(),
        subject=f"CN={name},O=Partner",
        issuer="CN=Partner Issuing CA",
        serial=2**159 - 1,
        sha256=sha256(name.encode()).hexdigest(),
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=335),
        effective_end=NOW + timedelta(days=300),
        key_type="EC P-256",
        signature="SHA-256 with ECDSA",
        san=("partner.example", "*.partner.example"),
        eku=("clientAuth",),
    )
    return replace(new, **changes)


def an_authority(name: str, **changes: Any) -> NewAuthority:
    """A CA certificate that is told apart by its name."""
    new = NewAuthority(
        der=f"authority {name}".encode(),
        name=name,
        subject=f"CN={name}",
        issuer=f"CN={name}",
        serial=7,
        sha256=sha256(name.encode()).hexdigest(),
        not_before=NOW - timedelta(days=3000),
        not_after=NOW + timedelta(days=3000),
    )
    return replace(new, **changes)


def a_change(label: str = "bank", *, at: datetime = NOW, **more: Any) -> Change:
    """A deposit under ``label`` that the app has not loaded."""
    return Change("deposited", label, ALICE, at, **more)


async def an_environment(tx: Transaction, path: str = "orders/production", channel: str = CHANNEL) -> Environment:
    """An environment, by its path."""
    app, name = path.split("/")
    return await environments.add(tx, app=app, name=name, channel=channel, timezone="Europe/Berlin", by=ALICE, at=NOW)


async def an_upload(tx: Transaction) -> str:
    """The id of an upload that has nothing deposited yet."""
    return (await uploads.ask(tx, channel=CHANNEL, member=ALICE, at=NOW)).id


async def deposited(
    tx: Transaction,
    environment_id: str,
    label: str = "bank",
    *,
    pins: tuple[str, ...] = (),
    upload_id: str | None = None,
    new: NewVersion | None = None,
) -> Version:
    """A version under ``label``, from an upload of its own unless one is given."""
    return await clients.deposit(
        tx,
        upload_id=upload_id or await an_upload(tx),
        environment_id=environment_id,
        label=label,
        pins=pins,
        new=new or a_version(label),
        by=ALICE,
        at=NOW,
    )


async def environment_in(store: Store, path: str = "orders/production") -> Environment:
    """An environment, committed."""
    async with store.transaction() as tx:
        return await an_environment(tx, path)


async def upload_in(store: Store) -> str:
    """The id of an upload, committed."""
    async with store.transaction() as tx:
        return await an_upload(tx)
