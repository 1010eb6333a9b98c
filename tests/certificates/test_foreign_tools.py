"""Containers of other tools open here, and packed containers open in other tools."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.certificates import Code, Context, Report, generate_password, inspect_client, pack
from tests import making
from tests.making import PASSWORD
from tests.required import tool
from tests.today import NOW, valid_for_a_year


def judge(data: bytes, password: str | None = PASSWORD) -> Report:
    return inspect_client(
        [data],
        SecretStr(password) if password is not None else None,
        Context(now=NOW),
    )


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("extra", "codes"),
    [
        ([], set()),
        (["-legacy"], {Code.LEGACY_ENCRYPTION}),
        (["-macalg", "sha512"], set()),
        (["-nomaciter"], set()),
        (["-keypbe", "NONE"], {Code.KEY_UNENCRYPTED, Code.UNREADABLE_BY_JAVA}),
    ],
)
def test_openssl_containers_open(tmp_path: Path, extra: list[str], codes: set[Code]) -> None:
    """A container of the openssl command opens with its password, and a wrong password is reported."""
    openssl = tool("openssl")
    leaf, intermediate, root = making.make_chain(key=making.make_key("rsa"))
    (tmp_path / "all.pem").write_bytes(leaf.key_pem() + leaf.pem + intermediate.pem + root.pem)
    out = tmp_path / "out.pfx"
    run(
        openssl,
        "pkcs12",
        "-export",
        "-in",
        str(tmp_path / "all.pem"),
        "-out",
        str(out),
        "-passout",
        f"pass:{PASSWORD}",
        *extra,
    )
    report = judge(out.read_bytes())
    assert {one.code for one in report.findings} == codes
    assert report.client is not None
    assert len(report.client.chain) == 2
    assert {one.code for one in judge(out.read_bytes(), "wrong").findings} == {Code.WRONG_PASSWORD}


@pytest.mark.parametrize("password", ["", None])
def test_openssl_empty_password(tmp_path: Path, password: str | None) -> None:
    """A container whose password is empty opens with an empty one and with none."""
    openssl = tool("openssl")
    leaf = making.make(key=making.make_key("rsa"))
    (tmp_path / "all.pem").write_bytes(leaf.key_pem() + leaf.pem)
    out = tmp_path / "out.pfx"
    run(openssl, "pkcs12", "-export", "-in", str(tmp_path / "all.pem"), "-out", str(out), "-passout", "pass:")
    assert not judge(out.read_bytes(), password).findings


@pytest.mark.java
@pytest.mark.parametrize("algorithm", ["RSA", "EC"])
def test_keytool_containers_open(tmp_path: Path, algorithm: str) -> None:
    """A container of keytool opens with its password, and a wrong password is reported."""
    keytool, store = tool("keytool"), tmp_path / "store.p12"
    run(
        *(keytool, "-genkeypair", "-keyalg", algorithm, "-alias", "app", "-dname", "CN=app", *valid_for_a_year()),
        *("-keystore", str(store), "-storetype", "PKCS12", "-storepass", PASSWORD),
    )
    report = judge(store.read_bytes())
    assert not report.findings
    assert report.client is not None
    assert report.client.leaf.subject == "CN=app"
    assert {one.code for one in judge(store.read_bytes(), "wrong").findings} == {Code.WRONG_PASSWORD}


@pytest.mark.java
def test_two_entries_of_a_keystore_are_several_keys(tmp_path: Path) -> None:
    """A keystore with two private keys is not guessed at."""
    keytool, store = tool("keytool"), tmp_path / "store.p12"
    for alias in ("one", "two"):
        run(
            *(keytool, "-genkeypair", "-keyalg", "EC", "-alias", alias, "-dname", f"CN={alias}", *valid_for_a_year()),
            *("-keystore", str(store), "-storetype", "PKCS12", "-storepass", PASSWORD),
        )
    assert {one.code for one in judge(store.read_bytes()).findings} == {Code.SEVERAL_KEYS}


@pytest.mark.java
@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_java_lists_what_is_packed(tmp_path: Path, kind: str) -> None:
    """A packed container is listed by keytool with its private key entry and the whole chain."""
    keytool = tool("keytool")
    leaf, intermediate, root = making.make_chain(key=making.make_key(kind))
    client = judge(making.pfx(leaf, [intermediate, root])).client
    assert client is not None
    password = generate_password()
    (tmp_path / "out.p12").write_bytes(pack(client, password))
    listed = run(
        *(keytool, "-list", "-v", "-keystore", str(tmp_path / "out.p12"), "-storetype", "PKCS12"),
        *("-storepass", password.get_secret_value()),
    )
    assert "Entry type: PrivateKeyEntry" in listed
    assert "Certificate chain length: 3" in listed
