"""Containers made by Java's ``keytool``, as it makes them today and as it made them before 8u301."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.today import valid_for_a_year
from tests.verdicts.samples import ASCII, EMOJI, LATIN1, Sample

_LEGACY = "-J-Dkeystore.pkcs12.legacy"
_KEYS = {
    "RSA": ("-keyalg", "RSA", "-keysize", "2048"),
    "EC": ("-keyalg", "EC", "-groupname", "secp256r1"),
    "Ed25519": ("-keyalg", "Ed25519"),
    "DSA": ("-keyalg", "DSA", "-keysize", "2048"),
}


def everything() -> Iterator[Sample]:
    """Each kind of key in both generations of the format, several algorithms, and a store of trust."""
    for name, options in _KEYS.items():
        yield from _made(f"{name} key", *options)
        yield from _made(f"{name} key, as before 8u301", _LEGACY, *options)
    for mac in ("HmacPBESHA1", "HmacPBESHA224", "HmacPBESHA384", "HmacPBESHA512"):
        yield from _made(f"MAC {mac}", f"-J-Dkeystore.pkcs12.macAlgorithm={mac}", *_KEYS["EC"])
    for cipher in ("PBEWithHmacSHA1AndAES_128", "PBEWithHmacSHA512AndAES_256", "PBEWithSHA1AndRC2_40"):
        key = f"-J-Dkeystore.pkcs12.keyProtectionAlgorithm={cipher}"
        certificate = f"-J-Dkeystore.pkcs12.certProtectionAlgorithm={cipher}"
        yield from _made(f"cipher {cipher}", key, certificate, *_KEYS["EC"])
    no_mac = "-J-Dkeystore.pkcs12.macAlgorithm=NONE"
    open_certificates = "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE"
    yield from _made("no MAC", no_mac, *_KEYS["EC"])
    yield from _made("no MAC, certificates in the open", no_mac, open_certificates, *_KEYS["EC"])
    for password, name in ((LATIN1, "Latin-1"), (EMOJI, "emoji")):
        yield from _made(f"{name} password", *_KEYS["EC"], password=password)


def _made(name: str, *options: str, password: str = ASCII) -> Iterator[Sample]:
    with tempfile.TemporaryDirectory() as room:
        store, secret = Path(room) / "made.p12", Path(room) / "pass"
        secret.write_text(password, encoding="utf-8")
        given = ("-genkeypair", "-alias", "test", "-dname", "CN=client.example", *valid_for_a_year())
        place = ("-storetype", "PKCS12", "-keystore", str(store), "-storepass:file", str(secret))
        run = subprocess.run(["keytool", *given, *place, *options], capture_output=True, check=False)
        if run.returncode == 0 and store.exists():
            # Java repeats DSA's parameters beside the signature, where the library takes none.
            unsupported = "DSA" if "DSA" in name else None
            yield Sample("keytool", name, store.read_bytes(), password, unsupported=unsupported)
