"""A Java program makes the mutual TLS call with what is delivered: the forms `files` and `runtime`, read by JSSE.

A Java runtime has no compiler, so the class lies beside its source: `javac --release 11 -g:none MutualTls.java`.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from OpenSSL import SSL, crypto
from pydantic import SecretBytes

from bot.certificates import Runtime, generate_password
from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient
from bot.certificates.delivery.file_forms import plain_files, runtime_files
from bot.certificates.formats import x509_reader
from bot.certificates.packing import pack_der
from tests import making
from tests.required import tool

pytestmark = pytest.mark.java
PROGRAM = Path(__file__).parent / "java"
# Java judges by the real clock, whatever moment the tests are at.
STARTS, ENDS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
ROOT = making.make("Wide Root", ca=True, starts=STARTS, ends=ENDS)
SERVER, LEAF = (making.make(name, ROOT, starts=STARTS, ends=ENDS) for name in ("partner.example", "orders.example"))


def bundle(runtime: Runtime) -> Bundle:
    password = generate_password()
    container = pack_der(SecretBytes(LEAF.key_der), (LEAF.der, ROOT.der), password, runtime=runtime)
    facts, root = (x509_reader.facts(one.certificate) for one in (LEAF, ROOT))
    client = DeliveredClient(
        label="bank",
        version=1,
        pins=("partner.example",),
        sha256=facts.sha256,
        effective_end=facts.not_after,
        leaf=LEAF.der,
        chain=(ROOT.der,),
        key=SecretBytes(LEAF.key_der),
        container=container,
        password=password,
    )
    return Bundle(
        "orders", "production", 1, (client,), (DeliveredAuthority(root.name, root.sha256, root.not_after, ROOT.der),)
    )


@contextmanager
def partner() -> Iterator[int]:
    """The port of a server that greets whoever shows a certificate of the root, by name."""
    tls = SSL.Context(SSL.TLS_SERVER_METHOD)
    tls.use_privatekey(SERVER.key)
    tls.use_certificate(SERVER.certificate)
    store = tls.get_cert_store()
    assert store is not None
    store.add_cert(crypto.X509.from_cryptography(ROOT.certificate))
    tls.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *given: bool(given[-1]))
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = threading.Thread(target=_greet, args=(door, tls), daemon=True)
        serving.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
    serving.join(10)


def _greet(door: socket.socket, tls: SSL.Context) -> None:
    with suppress(OSError):
        while True:
            plain, _ = door.accept()
            with plain, suppress(OSError, SSL.Error):
                connection = SSL.Connection(tls, plain)
                connection.set_accept_state()
                connection.do_handshake()
                connection.recv(100)
                theirs = connection.get_peer_certificate(as_cryptography=True)
                connection.sendall(theirs.subject.rfc4514_string().encode() if theirs else b"nobody")
                connection.shutdown()


def called(*arguments: str) -> str:
    """What the partner answers to the Java program."""
    with partner() as port:
        command = [tool("java"), "-cp", str(PROGRAM), "MutualTls", str(port), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("runtime", [Runtime.JAVA, Runtime.JAVA_LEGACY])
def test_java_calls_with_files(tmp_path: Path, runtime: Runtime) -> None:
    """Container, password and trust store of the form `files`, as they lie in the folder."""
    for name, content in plain_files(bundle(runtime)).items():
        (tmp_path / name).write_bytes(content)
    password, trust = ((tmp_path / f"{name}.password").read_text() for name in ("bank.p12", "truststore.p12"))
    store = ("store", str(tmp_path / "truststore.p12"), trust)
    assert called(str(tmp_path / "bank.p12"), password, *store) == "CN=orders.example"


@pytest.mark.parametrize("runtime", [Runtime.JAVA, Runtime.JAVA_LEGACY])
def test_java_calls_with_runtime_settings(tmp_path: Path, runtime: Runtime) -> None:
    """What the settings of the form `runtime` name, with their passwords in the same order."""
    files, settings = runtime_files(bundle(runtime), str(tmp_path))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    container, password = settings["ClientCertificates"], settings["ClientCertificatePasswords"]
    assert called(container, password, "certificates", *settings["CACertificates"].split(",")) == "CN=orders.example"
