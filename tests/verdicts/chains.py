"""Chains with what a partner's server refuses in them, judged by us and by ``openssl verify -purpose sslclient``.

``python -m tests.verdicts.chains [NUMBER]`` makes that many (10,000) and prints how often both agree.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from bot.certificates import Code, Context, inspect_client
from tests.making import DAY, Made, make_key
from tests.today import NOW

KEYS = [make_key() for _ in range(6)]
REFUSING = {Code.PARTNER_REFUSES, Code.NO_CLIENT_AUTH}
_CLIENT, _SERVER, _ANY = (
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
)


@dataclass(frozen=True)
class Traits:
    """What is in a certificate, apart from its names; None for an extension that is not there."""

    ca: bool | None
    path_length: int | None = None
    eku: tuple[ObjectIdentifier, ...] | None = None
    usage: frozenset[str] | None = None
    permitted: str | None = None
    unknown: bool = False
    identifier: bytes | None = field(default=None, repr=False)


def traits(source: random.Random, *, ca: bool) -> Traits:
    """Mostly good ones, with one or two faults among them now and then."""

    def now_and_then(good: object, *others: object) -> object:
        return source.choice(others) if source.random() < 0.08 else good

    usages = (("sign",), ("digital",)) if ca else (("digital",), ("sign",), ("agree",), ("encipher",), ())
    chosen = now_and_then(usages[0], *usages, None)
    return Traits(
        ca=now_and_then(ca, not ca, None),  # type: ignore[arg-type]  # one of the three
        path_length=now_and_then(None, 0, 1) if ca else None,  # type: ignore[arg-type]  # one of the three
        eku=now_and_then(None if ca else (_CLIENT,), (_SERVER,), (_CLIENT, _SERVER), None),  # type: ignore[arg-type]
        usage=frozenset(chosen) if chosen is not None else None,  # type: ignore[call-overload]  # strings
        permitted=now_and_then(None, "example", "other.example") if ca else None,  # type: ignore[arg-type]
        unknown=bool(now_and_then(False, True)),
        identifier=now_and_then(None, b"another key"),  # type: ignore[arg-type]  # bytes or None
    )


def chain(source: random.Random) -> list[Made]:
    """A leaf under one to four CAs, the root last."""
    depth = source.randint(1, 4)
    above = [_made("Root", None, Traits(ca=True, usage=frozenset({"sign"})), 0)]
    for number in range(1, depth):
        above.append(_made(f"CA {number}", above[-1], traits(source, ca=True), number))
    return [_made("client.example", above[-1], traits(source, ca=False), 5), *reversed(above)]


def _made(name: str, issuer: Made | None, given: Traits, number: int) -> Made:
    subject, key = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), KEYS[number]
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(number + 1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 365 * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension, critical in _extensions(given, signer.public_key(), name):
        builder = builder.add_extension(extension, critical=critical)
    return Made(builder.sign(signer, hashes.SHA256()), key)


def _extensions(given: Traits, signer: object, name: str) -> Iterator[tuple[x509.ExtensionType, bool]]:
    if given.ca is not None:
        yield x509.BasicConstraints(given.ca, given.path_length if given.ca else None), True
    if given.eku is not None:
        yield x509.ExtendedKeyUsage(given.eku), False
    if given.usage is not None:
        names = ("digital", "commitment", "encipher", "data", "agree", "sign", "lists", "only", "without")
        bits = [one in given.usage for one in names]
        yield x509.KeyUsage(*bits), True
    if given.permitted is not None:
        yield x509.NameConstraints([x509.DNSName(given.permitted)], None), True
    if given.unknown:
        yield x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\0"), True
    if given.identifier is not None:
        yield x509.AuthorityKeyIdentifier(given.identifier, None, None), False
    else:
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), False  # type: ignore[arg-type]  # a public key
    if name == "client.example":
        yield x509.SubjectAlternativeName([x509.DNSName(name)]), False


def ours(made: list[Made]) -> set[str]:
    """What we say that a partner refuses."""
    data = made[0].key_pem() + b"".join(one.pem for one in made)
    return {one.message for one in inspect_client([data], None, Context(now=NOW)).findings if one.code in REFUSING}


def theirs(made: list[Made]) -> str:
    """OpenSSL's objection; empty if it takes the chain."""
    with tempfile.TemporaryDirectory() as room:
        leaf, between, root = (Path(room) / name for name in ("leaf", "between", "root"))
        leaf.write_bytes(made[0].pem)
        between.write_bytes(b"".join(one.pem for one in made[1:-1]))
        root.write_bytes(made[-1].pem)
        command = ["openssl", "verify", "-purpose", "sslclient", "-no_check_time", "-CAfile", str(root)]
        command += ["-untrusted", str(between)] if len(made) > 2 else []
        run = subprocess.run([*command, str(leaf)], capture_output=True, text=True, check=False)
    lines = [line for line in run.stderr.splitlines() if line.startswith("error ")]
    return lines[0] if lines else "" if run.returncode == 0 else run.stderr


def main() -> None:
    """Compare over many chains; exit status 1 where OpenSSL refuses one of which we say nothing."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    outcomes, silent = Counter[str](), 0
    source = random.Random(7)  # noqa: S311  the same chains each time
    for _ in range(number):
        made = chain(source)
        said, refused = ours(made), theirs(made)
        outcomes[f"we: {'refuses' if said else 'takes'}, OpenSSL: {'refuses' if refused else 'takes'}"] += 1
        if bool(said) != bool(refused):
            outcomes[f"  {' + '.join(sorted(said)) or 'nothing'} | {refused or 'fine'}"] += 1
        silent += bool(refused) and not said
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:6}  {outcome}")
    sys.exit(bool(silent))


if __name__ == "__main__":
    main()
