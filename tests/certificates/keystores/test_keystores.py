"""Java keystores, as keytool makes them: they open with their password, and a wrong one is told from damage."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import SecretStr

from bot.certificates import Code, Context, Report, Use, inspect_authorities, inspect_client, survey
from tests import making
from tests.making import PASSWORD
from tests.required import tool
from tests.today import NOW, valid_for_a_year

CONTEXT = Context(now=NOW)
pytestmark = pytest.mark.java


def keytool(*arguments: str) -> None:
    subprocess.run([tool("keytool"), *arguments], check=True, capture_output=True)


def keystore(folder: Path, kind: str, *, password: str = PASSWORD, key_password: str = "", alias: str = "app") -> Path:
    path = folder / f"store.{kind.lower()}"
    keytool(
        *("-genkeypair", "-keyalg", "RSA", "-alias", alias, "-dname", "CN=keytool.example", *valid_for_a_year()),
        *("-storetype", kind, "-keystore", str(path), "-storepass", password, "-keypass", key_password or password),
    )
    return path


def judged(data: bytes, password: str | None = PASSWORD) -> Report:
    return inspect_client([data], SecretStr(password) if password is not None else None, CONTEXT)


@pytest.fixture(scope="module", params=["JKS", "JCEKS"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return keystore(tmp_path_factory.mktemp("keystores"), str(request.param)).read_bytes()


def test_it_opens_with_its_password(store: bytes) -> None:
    """Key and certificate come out, and what it is encrypted with is told; a dropped one gets the button."""
    report = judged(store)
    assert report.client is not None
    assert report.client.leaf.name == "keytool.example"
    assert [one.code for one in report.findings] == [Code.LEGACY_ENCRYPTION]
    offer = survey(store, CONTEXT)
    assert (offer.use, offer.holds_key) == (Use.UNLOCK, True)


def test_a_wrong_password_is_wrong_and_a_missing_one_missing(store: bytes) -> None:
    """The integrity hash proves it; one that was typed with spaces around it fits."""
    assert [one.code for one in judged(store, "wrong").findings] == [Code.WRONG_PASSWORD]
    assert [one.code for one in judged(store, None).findings] == [Code.PASSWORD_REQUIRED]
    assert {one.code for one in judged(store, f" {PASSWORD}\n").findings} >= {Code.PASSWORD_SPELLING}


def test_a_damaged_one(store: bytes) -> None:
    """Cut off anywhere it is damaged, and with a byte changed no password fits."""
    for size in (5, 40, len(store) // 2, len(store) - 1):
        (finding,) = judged(store[:size]).findings
        assert (finding.code, "cut off or damaged" in finding.message) == (Code.CORRUPT, True)
    changed = bytearray(store)
    changed[-1] ^= 1
    assert [one.code for one in judged(bytes(changed)).findings] == [Code.WRONG_PASSWORD]


def test_a_key_with_a_password_of_its_own(tmp_path: Path) -> None:
    """The keystore's password is right, and the key has another."""
    data = keystore(tmp_path, "JKS", key_password="another one").read_bytes()
    assert [one.code for one in judged(data).findings] == [Code.TWO_PASSWORDS]


def test_a_truststore(tmp_path: Path) -> None:
    """CA certificates alone need no password, and are taken as CA certificates."""
    root, path, source = making.make("Partner Root", ca=True), tmp_path / "trust.jks", tmp_path / "root.pem"
    source.write_bytes(root.pem)
    keytool(
        *("-importcert", "-noprompt", "-alias", "root", "-file", str(source), "-storetype", "JKS"),
        *("-keystore", str(path), "-storepass", PASSWORD),
    )
    data = path.read_bytes()
    assert survey(data, CONTEXT).use is Use.AUTHORITY
    assert [one.sha256 for one in inspect_authorities([data], CONTEXT).authorities] == [root.sha256]


def test_two_keys_and_a_secret_key(tmp_path: Path) -> None:
    """Two identities are counted; secret keys, which are Java objects, are named with the way around them."""
    path = keystore(tmp_path, "JCEKS")
    keystore(tmp_path, "JCEKS", alias="other")
    assert [one.code for one in judged(path.read_bytes()).findings] == [Code.SEVERAL_KEYS]
    keytool(
        *("-genseckey", "-keyalg", "AES", "-keysize", "128", "-alias", "secret", "-storetype", "JCEKS"),
        *("-keystore", str(path), "-storepass", PASSWORD, "-keypass", PASSWORD),
    )
    (finding,) = judged(path.read_bytes()).findings
    assert finding.code is Code.KEYSTORE_JKS


def test_what_came_out_is_what_java_put_in(store: bytes, tmp_path: Path) -> None:
    """The certificate is the one that keytool exports."""
    kind = "JKS" if store[:1] == b"\xfe" else "JCEKS"
    path, exported = tmp_path / "store", tmp_path / "exported.der"
    path.write_bytes(store)
    keytool(
        *("-exportcert", "-alias", "app", "-file", str(exported), "-storetype", kind),
        *("-keystore", str(path), "-storepass", PASSWORD),
    )
    report = judged(store)
    assert report.client is not None
    assert x509.load_der_x509_certificate(exported.read_bytes()).serial_number == report.client.leaf.serial
