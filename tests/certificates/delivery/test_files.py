"""The forms that are files: read by OpenSSL and Java."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, settings

from bot.certificates.delivery.bundle import Bundle, Form
from bot.certificates.delivery.forms import document
from tests import making
from tests.certificates.delivery.bundles import authority, bundle, bundles, client
from tests.required import tool
from tests.today import NOW


def files_of(sent: Bundle, form: Form = Form.FILES, *, directory: str = "") -> dict[str, bytes]:
    body = json.loads(document(sent, form, directory=directory).text.get_secret_value())
    assert (body["environment"], body["revision"]) == ("orders/production", 7)
    assert body["fingerprints"] == [one.sha256 for one in sent.clients]
    return {name: b64decode(content, validate=True) for name, content in body["files"].items()}


def settings_of(sent: Bundle, directory: str = "") -> dict[str, str]:
    body = json.loads(document(sent, Form.RUNTIME, directory=directory).text.get_secret_value())
    found: dict[str, str] = body["settings"]
    return found


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@given(bundles())
@settings(max_examples=60)
def test_every_file_has_a_name_of_its_own(sent: Bundle) -> None:
    """Labels that differ in case alone, or are called as another file is, lose nothing; names fit any file system."""
    files = files_of(sent)
    assert len({name.casefold() for name in files}) == len(files)
    assert len(files) == 5 * len(sent.clients) + 3 * bool(sent.authorities)
    assert all(len(name.encode()) <= 255 and "/" not in name for name in files)


@pytest.mark.parametrize("label", ["truststore", "ca", "Bank", "bank.chain", "bank"])
def test_a_label_may_be_the_name_of_another_file(label: str) -> None:
    """Neither the trust store nor another certificate's chain is overwritten."""
    sent = bundle(client("bank"), client(label if label != "bank" else "BANK"), authorities=(authority(),))
    assert len(files_of(sent)) == 13


def test_openssl_reads_the_files(tmp_path: Path) -> None:
    """The container opens with the password beside it; certificate and key belong together; the chain is the rest."""
    folder = written(tmp_path, files_of(bundle(client(), authorities=(authority(),))))

    def openssl(*arguments: str) -> str:
        return subprocess.run(
            [tool("openssl"), *arguments], cwd=folder, check=True, capture_output=True, text=True
        ).stdout

    shown = openssl("pkcs12", "-in", "bank.p12", "-passin", "file:bank.p12.password", "-nodes")
    assert shown.count("BEGIN CERTIFICATE") == 2
    assert "BEGIN PRIVATE KEY" in shown
    public = openssl("pkey", "-in", "bank.key", "-pubout")
    assert openssl("x509", "-in", "bank.crt", "-noout", "-pubkey") == public
    day = str(int(NOW.timestamp()))
    chain = ("-untrusted", "bank.chain.crt", "bank.crt")
    assert "OK" in openssl("verify", "-attime", day, "-purpose", "sslclient", "-CAfile", "ca.pem", *chain)


@pytest.mark.java
def test_java_reads_container_and_trust_store(tmp_path: Path) -> None:
    """keytool finds a private key entry with its chain, and trusted certificates."""
    sent = bundle(client(), authorities=(authority(), authority("shop.example")))
    folder = written(tmp_path, files_of(sent))

    def listed(store: str) -> str:
        password = (folder / f"{store}.password").read_text()
        command = [tool("keytool"), "-list", "-v", "-keystore", str(folder / store), "-storepass", password]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "PrivateKeyEntry" in listed("bank.p12")
    assert "Certificate chain length: 2" in listed("bank.p12")
    assert listed("truststore.p12").count("trustedCertEntry") == 2


def test_a_server_accepts_what_the_files_hold(tmp_path: Path) -> None:
    """A mutual TLS call with certificate, chain and key as they are in the folder, in TLS 1.3."""
    leaf, intermediate, root = making.make_chain("localhost")
    folder = written(tmp_path, files_of(bundle(client(), authorities=(authority(),))))
    (folder / "server.pem").write_bytes(leaf.key_pem() + leaf.pem + intermediate.pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=(folder / "ca.pem").read_text())
    server.load_cert_chain(folder / "server.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    calling = ssl.create_default_context(cadata=root.pem.decode())
    calling.check_hostname = False
    (folder / "with-chain.pem").write_bytes(b"".join((folder / f"bank{end}").read_bytes() for end in _PARTS))
    calling.load_cert_chain(folder / "with-chain.pem")
    for context in (server, calling):
        context.verify_flags |= _ON_ANY_DAY
    assert asyncio.run(_call(server, calling)) == b"bank.example"


_PARTS = (".key", ".crt", ".chain.crt")
# X509_V_FLAG_NO_CHECK_TIME: OpenSSL knows the machine's clock, and the certificates are made for the tests'.
_ON_ANY_DAY = 0x200000


async def _call(server: ssl.SSLContext, calling: ssl.SSLContext) -> bytes:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peercert")
        writer.write(dict(one[0] for one in peer["subject"])["commonName"].encode())
        writer.write_eof() if writer.can_write_eof() else writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=calling, server_hostname="localhost")
        found = await reader.read()
        writer.close()
    return found


def test_the_runtime_finds_each_file_and_password() -> None:
    """Paths and passwords stand in the same order, pins name the path, and CA certificates are a file each."""
    sent = bundle(
        client("bank", pins=("bank.example", "/bla/bla")),
        client("shop", pins=('Say "hi", Bank',), name="shop.example"),
        authorities=(authority(), authority("shop.example")),
    )
    files, found = files_of(sent, Form.RUNTIME), settings_of(sent, "/run/certdesk/")
    paths = found["ClientCertificates"].split(",")
    assert [files[Path(one).name] for one in paths] == [one.container for one in sent.clients]
    passwords = [one.password.get_secret_value() for one in sent.clients]
    assert found["ClientCertificatePasswords"].split(",") == passwords
    pins = {"bank.example": paths[0], "/bla/bla": paths[0], 'Say "hi", Bank': paths[1]}
    assert json.loads(found["ClientCertificateUsages"]) == pins
    assert [Path(one).name for one in found["CACertificates"].split(",")] == ["ca-1.crt", "ca-2.crt"]
    assert all(one.startswith("/run/certdesk/") for one in (*paths, *found["CACertificates"].split(",")))


def test_an_empty_environment_has_no_files_and_no_settings() -> None:
    """Neither a path to nothing nor an empty password is set."""
    assert files_of(bundle()) == files_of(bundle(), Form.RUNTIME) == {}
    assert settings_of(bundle()) == {}
