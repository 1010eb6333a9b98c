"""Files that other tools made go through the whole desk."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import pytest

from store.certificates import authorities, clients
from tests import making
from tests.flows.world import World, shown
from tests.making import PASSWORD
from tests.making.wrapping import zipped
from tests.required import tool
from tests.today import valid_for_a_year


def openssl_container(folder: Path, *extra: str) -> bytes:
    leaf, intermediate, root = making.make_chain("openssl.example", key=making.make_key("rsa"))
    source, out = folder / "all.pem", folder / "out.pfx"
    source.write_bytes(leaf.key_pem() + leaf.pem + intermediate.pem + root.pem)
    command = (tool("openssl"), "pkcs12", "-export", "-in", str(source), "-out", str(out), *extra)
    subprocess.run([*command, "-passout", f"pass:{PASSWORD}"], check=True, capture_output=True)
    return out.read_bytes()


def keytool_container(folder: Path) -> bytes:
    out = folder / "store.p12"
    subprocess.run(
        [
            *(tool("keytool"), "-genkeypair", "-keyalg", "RSA", "-alias", "app", "-dname", "CN=keytool.example"),
            *(*valid_for_a_year(), "-storetype", "PKCS12"),
            *("-keystore", str(out), "-storepass", PASSWORD),
        ],
        check=True,
        capture_output=True,
    )
    return out.read_bytes()


async def deposit_by_drop(world: World, data: bytes, values: dict[str, Any], button: str = "upload_unlock") -> None:
    await world.workspace.drop_file(world.alice, world.orders, "file.bin", data)
    offer = await world.sees_privately(world.alice, button)
    await world.workspace.click(world.alice, offer["ts"], button)
    view = await world.sees_view(world.alice, "environment")
    result = await world.workspace.submit(world.alice, view["id"], values)
    assert result.action in {"close", "clear", "update"}, result


@pytest.mark.parametrize("kind", ["modern", "legacy", pytest.param("keytool", marks=pytest.mark.java)])
async def test_containers_of_other_tools(world: World, tmp_path: Path, kind: str) -> None:
    """Containers from openssl, modern and legacy, and from keytool are deposited, and their keys come out again."""
    made = {
        "modern": lambda: openssl_container(tmp_path),
        "legacy": lambda: openssl_container(tmp_path, "-legacy"),
        "keytool": lambda: keytool_container(tmp_path),
    }
    await world.has_environment()
    values = {"label": {"value": kind}, "password": {"value": PASSWORD}}
    await deposit_by_drop(world, made[kind](), values)
    await world.sees("card_details")
    async with world.desk.store.transaction() as tx:
        (environment,) = await world.environments(tx)
        (version,) = await clients.current(tx, environment.id)
        key = await clients.reveal(tx, version_id=version.id, by="T", at=world.desk.clock(), why="test")
    assert version.key_type == "RSA 2048"
    assert len(key.get_secret_value()) > 1000


@pytest.mark.parametrize(
    ("wrap", "told"),
    [(base64.encodebytes, "I unpacked it from base64."), (zipped, "I unpacked it from a ZIP archive.")],
    ids=["base64", "ZIP"],
)
async def test_a_container_inside_something_else(world: World, wrap: Callable[[bytes], bytes], told: str) -> None:
    """It is unpacked: the offer says from what, the password opens it, and it becomes a version."""
    leaf, intermediate, root = making.make_chain("wrapped.example")
    await world.has_environment()
    data = wrap(making.pfx(leaf, (intermediate, root)))
    await deposit_by_drop(world, data, {"label": {"value": "bank"}, "password": {"value": PASSWORD}})
    assert told in shown(await world.sees_privately(world.alice, "is a PKCS #12 container"))
    await world.sees("card_details")
    async with world.desk.store.transaction() as tx:
        (environment,) = await world.environments(tx)
        (version,) = await clients.current(tx, environment.id)
    assert version.leaf_der == leaf.der


@pytest.fixture
def public_roots() -> bytes:
    return Path(certifi.where()).read_bytes()


async def test_every_public_root_in_one_upload(world: World, public_roots: bytes) -> None:
    """certifi's whole bundle is stored in one upload, a row each, and the channel reads one card."""
    await world.has_environment()
    await deposit_by_drop(world, public_roots, {}, "upload_authority")
    await world.sees("CA certificates")
    async with world.desk.store.transaction() as tx:
        (environment,) = await world.environments(tx)
        kept = await authorities.current(tx, environment.id)
    assert len(kept) == public_roots.count(b"BEGIN CERTIFICATE")
    assert not world.workspace.refused


async def test_a_pem_pair_by_cert_add(world: World) -> None:
    """Certificate, chain and encrypted key as three files of one modal become a client certificate."""
    leaf, intermediate, root = making.make_chain("pair.example")
    await world.has_environment()
    await world.workspace.command(world.alice, world.orders, "/cert add")
    view = await world.sees_view(world.alice, "files")
    files = [("key.pem", leaf.key_pem(PASSWORD)), ("cert.cer", leaf.der), ("chain.pem", root.pem + intermediate.pem)]
    values = {"label": {"value": "pair"}, "password": {"value": PASSWORD}, "pins": {"value": "pair.example"}}
    result = await world.workspace.submit(world.alice, view["id"], values, {"files": {"value": files}})
    assert result.action in {"close", "clear"}, result
    (card,) = await world.sees("card_details")
    assert "pair.example" in str(card)
