"""Containers made by the ``openssl`` that is here: every algorithm that it offers for key, certificates and MAC."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.making import Made
from tests.verdicts.samples import ASCII, CYRILLIC, EMOJI, EMPTY, LATIN1, Sample
from tests.verdicts.terminal import export_with_two_passwords

_PROVIDERS = ("-provider", "default", "-provider", "legacy")
_PBES1 = (
    "PBE-MD5-DES",
    "PBE-SHA1-DES",
    "PBE-MD5-RC2-64",
    "PBE-SHA1-RC2-64",
    "PBE-SHA1-RC4-128",
    "PBE-SHA1-RC4-40",
    "PBE-SHA1-3DES",
    "PBE-SHA1-2DES",
    "PBE-SHA1-RC2-128",
    "PBE-SHA1-RC2-40",
)

# What the library has no cipher for.
_CLOSED = ("ARIA", "wrap")


class Maker:
    """Exports one certificate with its key and chain in whatever way it is asked to."""

    def __init__(self, leaf: Made, chain: Iterable[Made] = ()) -> None:
        self._leaf = leaf
        self._chain = tuple(chain)

    def export(self, *options: str, password: str | bytes = ASCII) -> bytes | None:
        """The container, or None where openssl does not do this."""
        with tempfile.TemporaryDirectory() as name:
            room = Path(name)
            made, secret = room / "out.p12", room / "pass"
            secret.write_bytes(password.encode() if isinstance(password, str) else password)
            command = self.command(room, "-passout", f"file:{secret}", "-out", str(made), *options)
            run = subprocess.run(command, capture_output=True, check=False)
            return made.read_bytes() if run.returncode == 0 and made.exists() and made.stat().st_size else None

    def command(self, room: Path, *options: str) -> list[str]:
        """The command line that exports; puts what it reads into ``room``."""
        (room / "key.pem").write_bytes(self._leaf.key_pem())
        (room / "all.pem").write_bytes(self._leaf.pem + b"".join(one.pem for one in self._chain))
        given = ["-inkey", str(room / "key.pem"), "-in", str(room / "all.pem")]
        return ["openssl", "pkcs12", "-export", *_PROVIDERS, *given, *options]


@cache
def ciphers() -> tuple[str, ...]:
    """Every cipher that ``-keypbe`` takes, by trying."""
    listed = _words("-cipher-algorithms")
    return (*_PBES1, *sorted(name for name in listed if not name.startswith(("PBE", "NULL"))))


@cache
def digests() -> tuple[str, ...]:
    """Every digest that ``-macalg`` may take."""
    return tuple(sorted(_words("-digest-algorithms")))


def _words(what: str) -> set[str]:
    run = subprocess.run(["openssl", "list", what, *_PROVIDERS], capture_output=True, text=True, check=True)
    found = set()
    for line in run.stdout.splitlines():
        names = re.findall(r"[A-Za-z][\w/-]+", line.split("@")[0].split("=>")[0])
        if names and not line.endswith(":"):
            found.add(max(names, key=lambda name: ("-" in name and "id-" not in name, len(name))))
    return found


def algorithms(maker: Maker) -> Iterator[Sample]:
    """Each cipher for the key, each for the certificates, each digest for the MAC, the rest as openssl has it."""
    for cipher in (*ciphers(), "NONE"):
        yield from _made(maker, f"-keypbe {cipher}", "-keypbe", cipher)
        yield from _made(maker, f"-certpbe {cipher}", "-certpbe", cipher)
    for digest in digests():
        yield from _made(maker, f"-macalg {digest}", "-macalg", digest)


def pairs(maker: Maker) -> Iterator[Sample]:
    """Every cipher for the key with every one for the certificates; the digest goes round."""
    usable = [one for one in (*ciphers(), "NONE") if maker.export("-keypbe", one)]
    macs = [one for one in digests() if maker.export("-macalg", one)]
    number = 0
    for key in usable:
        for certificates in usable:
            number += 1
            mac = macs[number % len(macs)]
            options = ("-keypbe", key, "-certpbe", certificates, "-macalg", mac)
            yield from _made(maker, " ".join(options), *options)


def shapes(maker: Maker) -> Iterator[Sample]:
    """Options that are no algorithm, and passwords of every alphabet."""
    for password in (ASCII, EMPTY, LATIN1, CYRILLIC, EMOJI):
        for options in (
            (),
            ("-legacy",),
            ("-nomac",),
            ("-nomaciter",),
            ("-noiter",),
            ("-descert",),
            ("-iter", "100000"),
            ("-keypbe", "NONE", "-certpbe", "NONE"),
            ("-keypbe", "NONE"),
            ("-certpbe", "NONE"),
            ("-keypbe", "PBE-SHA1-RC2-40", "-certpbe", "AES-128-CBC", "-macalg", "SHA1"),
            ("-nokeys",),
            ("-nocerts",),
        ):
            named = f"{' '.join(options) or 'default'}, {_named(password)}"
            yield from _made(maker, named, *options, password=password, has_key="-nokeys" not in options)
        open_to_all = ("-nomac", "-keypbe", "NONE", "-certpbe", "NONE")
        named = f"{' '.join(open_to_all)}, {_named(password)}"
        yield from _made(maker, named, *open_to_all, password=password, free=True)
    for options in ((), ("-legacy",), ("-keypbe", "NONE", "-certpbe", "NONE")):
        raw = maker.export(*options, password=LATIN1.encode("latin-1"))
        if raw:
            yield Sample("openssl", f"{' '.join(options) or 'default'}, from a Latin-1 terminal", raw, LATIN1)
    for password in (LATIN1, EMOJI):
        mistaken = maker.export("-legacy", password=password.encode().decode("latin-1"))
        if mistaken:
            yield Sample("openssl", f"-legacy, as 1.0 took {_named(password)}", mistaken, password)


def two_passwords(maker: Maker) -> Iterator[Sample]:
    """MAC password and encryption password differ; openssl asks a terminal for both."""
    for options in ((), ("-legacy",), ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES")):
        made = export_with_two_passwords(maker, options, encryption="the inner one", mac="the outer one")
        if made:
            name = f"-twopass {' '.join(options)}".strip()
            yield Sample("openssl", name, made, "the inner one", mac_password="the outer one")


def pbmac1(maker: Maker) -> Iterator[Sample]:
    """RFC 9579, where this openssl has it (3.4 and later)."""
    for prf in ("hmacWithSHA256", "hmacWithSHA512"):
        for password in (ASCII, LATIN1, EMOJI):
            options = ("-pbmac1_pbkdf2", "-pbmac1_pbkdf2_md", prf.removeprefix("hmacWith").lower())
            yield from _made(maker, f"PBMAC1 {prf}, {_named(password)}", *options, password=password)


def _made(
    maker: Maker, name: str, *options: str, password: str = ASCII, has_key: bool = True, free: bool = False
) -> Iterator[Sample]:
    data = maker.export(*options, password=password)
    if data:
        unsupported = next((family for family in _CLOSED if family in name), None)
        yield Sample("openssl", name, data, password, has_key=has_key, any_password=free, unsupported=unsupported)


def _named(password: str) -> str:
    names = {ASCII: "ASCII", EMPTY: "empty", LATIN1: "Latin-1", CYRILLIC: "Cyrillic", EMOJI: "emoji"}
    return f"{names[password]} password"
