"""A ring that AWS KMS keeps, against moto's server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretBytes
from sqlalchemy import update

from store import KeyRing, KeysUnavailable, RingError, SealBroken, Store, StoreError, Unavailable, audit, open_store
from store.certificates import clients
from store.database import make_engine
from store.models import VersionRow
from store.operations import rotation
from store.secrets.kms import KmsRing, open_kms_ring, parse_arns
from store.secrets.sealing import Place, seal, unseal
from tests.store.facts import ALICE, NOW, a_version, an_environment, deposited, private_key

PLACE = Place("client-key", "env", "cert", "vers")
SECRET = SecretBytes(b"the private key")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def arns(server: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two keys in the service, and an environment in which AWS's tools find it."""
    given = {
        "AWS_ENDPOINT_URL_KMS": server,
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("kms")
    return {name: client.create_key()["KeyMetadata"]["Arn"] for name in ("kms1", "kms2")}


@pytest.fixture
async def kms(arns: dict[str, str]) -> AsyncIterator[KmsRing]:
    async with open_kms_ring({"kms1": arns["kms1"]}) as ring:
        yield ring


async def test_what_is_sealed_opens_again(kms: KmsRing) -> None:
    """Sealed under the service's key, bound to its place, and nothing of it shows."""
    sealed = await seal(kms, SECRET, PLACE)
    assert sealed.key_id == "kms1"
    assert SECRET.get_secret_value() not in sealed.wrapped + sealed.sealed
    assert (await unseal(kms, sealed, PLACE)).get_secret_value() == SECRET.get_secret_value()
    assert "arn" in repr(kms)
    assert "client" not in repr(kms)


@pytest.mark.parametrize("part", ["purpose", "environment", "certificate", "version"])
async def test_the_service_refuses_what_was_moved(kms: KmsRing, part: str) -> None:
    """The place is the encryption context: elsewhere, KMS does not open the data key."""
    sealed = await seal(kms, SECRET, PLACE)
    changes = {part: "another"}
    with pytest.raises(SealBroken):
        await unseal(kms, sealed, replace(PLACE, **changes))


async def test_every_tampered_part_is_refused(kms: KmsRing, arns: dict[str, str]) -> None:
    """Changed bytes, another key's name, and a name that nobody has, fail with the one error."""
    sealed = await seal(kms, SECRET, PLACE)
    for at in range(0, len(sealed.wrapped), 16):
        bad = bytearray(sealed.wrapped)
        bad[at] ^= 1
        with pytest.raises((SealBroken, Unavailable)):
            await unseal(kms, replace(sealed, wrapped=bytes(bad)), PLACE)
    async with open_kms_ring(arns) as both:
        with pytest.raises(SealBroken):
            await unseal(both, replace(sealed, key_id="kms2"), PLACE)
    with pytest.raises(SealBroken):
        await unseal(kms, replace(sealed, key_id="k9"), PLACE)


async def test_a_database_moves_from_a_file_of_keys_to_the_service(
    database_url: str, ring: KeyRing, arns: dict[str, str]
) -> None:
    """With the old ring beside it everything opens; after a rotation, the service alone opens everything."""
    secret = private_key()
    async with open_store(database_url, ring) as store, store.transaction() as tx:
        place = await an_environment(tx)
        version = await deposited(tx, place.id, new=a_version(key=secret))
    async with open_kms_ring({"kms1": arns["kms1"]}, also=ring) as both, open_store(database_url, both) as store:
        done = await rotation.rotate(store, by="cli", clock=lambda: NOW)
        assert (done.rewrapped, done.left) == (1, {})
    async with open_kms_ring(arns) as alone, open_store(database_url, alone) as store:
        async with store.transaction() as tx:
            opened = await clients.reveal(tx, version_id=version.id, by=ALICE, at=NOW, why="test")
            assert opened.get_secret_value() == secret.get_secret_value()
        async with store.transaction() as tx:
            assert (await audit.verify(tx)).ok
            await tx.session.execute(update(VersionRow).values(sealed_key=b"\x01damaged"))
        assert (await rotation.check(store)).broken == (f"version {version.id}",)
    with pytest.raises(RingError):
        async with open_store(database_url, ring):
            pass


async def test_a_service_that_is_away_is_said(arns: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called broken that only cannot be asked."""
    async with open_kms_ring(arns) as ring:
        sealed = await seal(ring, SECRET, PLACE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    async with open_kms_ring(arns) as gone:
        with pytest.raises(KeysUnavailable, match="keeps the keys") as caught:
            await unseal(gone, sealed, PLACE)
        with pytest.raises(KeysUnavailable):
            await Store(make_engine("sqlite://"), gone, b"").prove_ring()
    assert "database" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "kms1", "=arn", "a b=", "kms1=a,kms1=b", "na/me=arn"])
def test_entries_that_are_none(text: str) -> None:
    """What is wrong with the setting is said without repeating it."""
    with pytest.raises(RingError):
        parse_arns(text)


async def test_names_are_not_shared(arns: dict[str, str], ring: KeyRing) -> None:
    """A local key and a KMS key of one name could not be told apart."""
    with pytest.raises(RingError, match="k1"):
        async with open_kms_ring({"k1": arns["kms1"]}, also=ring):
            pass


async def test_without_a_region_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, and not a library's trace."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(StoreError, match="AWS_REGION"):
        async with open_kms_ring({"kms1": "alias/x"}):
            pass
