"""Containers made by NSS's ``pk12util``, which writes BER and has its own idea of a password's bytes."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.making import PASSWORD, Made, pfx
from tests.verdicts.samples import ASCII, CYRILLIC, EMOJI, EMPTY, LATIN1, Sample

_CIPHERS = (
    "AES-128-CBC",
    "AES-192-CBC",
    "AES-256-CBC",
    "CAMELLIA-128-CBC",
    "CAMELLIA-256-CBC",
    "SEED-CBC",
    "PKCS #5 Password Based Encryption with MD5 and DES-CBC",
    "PKCS #5 Password Based Encryption with SHA-1 and DES-CBC",
    "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC",
    "PKCS #12 V2 PBE With SHA-1 And 2KEY Triple DES-CBC",
    "PKCS #12 V2 PBE With SHA-1 And 128 Bit RC2 CBC",
    "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC",
    "PKCS #12 V2 PBE With SHA-1 And 128 Bit RC4",
    "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC4",
)
_MACS = ("MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
_NAMES = {ASCII: "ASCII", EMPTY: "empty", LATIN1: "Latin-1", CYRILLIC: "Cyrillic", EMOJI: "emoji"}


class Database:
    """An NSS database in a folder that holds one certificate with its key and chain."""

    def __init__(self, room: Path, leaf: Made, chain: tuple[Made, ...]) -> None:
        self._room = room
        (room / "in.p12").write_bytes(pfx(leaf, chain))
        self._call("certutil", "-N", "-d", f"sql:{room}", "--empty-password")
        self._call("pk12util", "-i", str(room / "in.p12"), "-d", f"sql:{room}", "-W", PASSWORD, "-K", "")

    def export(self, *options: str, password: str = ASCII) -> bytes | None:
        """The container, or None where NSS does not do this."""
        made, secret = self._room / "out.p12", self._room / "pass"
        made.unlink(missing_ok=True)
        secret.write_text(password + "\n", encoding="utf-8")
        given = ("-o", str(made), "-d", f"sql:{self._room}", "-n", "test", "-w", str(secret), "-K", "")
        run = subprocess.run(["pk12util", *given, *options], capture_output=True, check=False)
        return made.read_bytes() if run.returncode == 0 and made.exists() and made.stat().st_size else None

    def _call(self, *command: str) -> None:
        subprocess.run(command, capture_output=True, check=True)


def everything(leaf: Made, chain: tuple[Made, ...]) -> Iterator[Sample]:
    """Each cipher for key and for certificates, each MAC, each alphabet of password."""
    with tempfile.TemporaryDirectory() as room:
        database = Database(Path(room), leaf, chain)
        for cipher in _CIPHERS:
            yield from _made(database, f"-c {cipher}", "-c", cipher)
            yield from _made(database, f"-C {cipher}", "-C", cipher)
        for mac in _MACS:
            yield from _made(database, f"-M {mac}", "-M", mac)
        for password, name in _NAMES.items():
            yield from _made(database, f"default, {name} password", password=password)
            old = ("-c", _CIPHERS[8], "-C", _CIPHERS[11], "-M", "SHA-1")
            yield from _made(database, f"as before 3.30, {name} password", *old, password=password)


def _made(database: Database, name: str, *options: str, password: str = ASCII) -> Iterator[Sample]:
    data = database.export(*options, password=password)
    if data:
        yield Sample("pk12util", name, data, password)
