"""The forms that are files in a folder: ``files`` for any program, ``runtime`` with settings that name them.

As a document they are a JSON object: ``files`` maps a name to its content in base64, ``settings`` names to texts.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_der_x509_certificate
from pydantic import SecretStr

from bot.certificates.delivery.bundle import Bundle, DeliveredAuthority, DeliveredClient
from bot.certificates.delivery.pem_text import certificates_pem, key_pem
from bot.certificates.packing import container_encryption, generate_password

CA_FILE, TRUSTSTORE = "ca.pem", "truststore.p12"
_PASSWORD = ".password"  # noqa: S105  the end of a file name
_ENDINGS = (".p12", f".p12{_PASSWORD}", ".crt", ".key", ".chain.crt")
# File names have at most 255 bytes on every usual file system; the longest ending needs some.
_MOST_BYTES = 200


def files_form(bundle: Bundle) -> str:
    """Return the files of :func:`plain_files` as a document."""
    return _document(bundle, plain_files(bundle))


def runtime_form(bundle: Bundle, directory: str = "") -> str:
    """Return the files and settings of :func:`runtime_files` as a document."""
    return _document(bundle, *runtime_files(bundle, directory))


def plain_files(bundle: Bundle) -> dict[str, bytes]:
    """Return container, certificate, key and chain of each label, and the CA certificates, by file name."""
    files: dict[str, bytes] = {}
    for one, stem in zip(bundle.clients, _stems([one.label for one in bundle.clients]), strict=True):
        files.update(_of_client(one, stem))
    files.update(_of_authorities(bundle.authorities))
    return files


def runtime_files(bundle: Bundle, directory: str = "") -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files by name, and the Mendix runtime's settings that name them below ``directory``.

    The settings are lists with commas in the same order, without quotes; ``ClientCertificateUsages`` is a JSON object
    of pin and file.
    """
    files: dict[str, bytes] = {}
    paths, pins = list[str](), dict[str, str]()
    for number, one in enumerate(bundle.clients, 1):
        name = f"client-{number}.p12"
        files[name] = one.container
        paths.append(_below(directory, name))
        pins.update(dict.fromkeys(one.pins, paths[-1]))
    trusted = []
    for number, authority in enumerate(bundle.authorities, 1):
        name = f"ca-{number}.crt"
        files[name] = certificates_pem([authority.der]).encode()
        trusted.append(_below(directory, name))
    settings = {
        "ClientCertificates": ",".join(paths),
        "ClientCertificatePasswords": ",".join(one.password.get_secret_value() for one in bundle.clients),
        "ClientCertificateUsages": json.dumps(pins) if pins else "",
        "CACertificates": ",".join(trusted),
    }
    return files, {name: value for name, value in settings.items() if value}


def _below(directory: str, name: str) -> str:
    return f"{directory.rstrip('/')}/{name}" if directory else name


def _of_client(one: DeliveredClient, stem: str) -> dict[str, bytes]:
    container, password, leaf, key, chain = (f"{stem}{ending}" for ending in _ENDINGS)
    return {
        container: one.container,
        password: one.password.get_secret_value().encode(),
        leaf: certificates_pem([one.leaf]).encode(),
        key: key_pem(one.key).encode(),
        chain: certificates_pem(one.chain).encode(),
    }


def _of_authorities(authorities: Sequence[DeliveredAuthority]) -> dict[str, bytes]:
    """Return no file where there are none: neither Java nor OpenSSL loads an empty one."""
    if not authorities:
        return {}
    password = generate_password()
    return {
        CA_FILE: certificates_pem(one.der for one in authorities).encode(),
        TRUSTSTORE: _truststore(authorities, password),
        f"{TRUSTSTORE}{_PASSWORD}": password.get_secret_value().encode(),
    }


def _truststore(authorities: Sequence[DeliveredAuthority], password: SecretStr) -> bytes:
    """Return a PKCS #12 file whose certificates Java trusts: it looks for an attribute of its own in each."""
    several = [
        pkcs12.PKCS12Certificate(load_der_x509_certificate(one.der), f"ca-{number}".encode())
        for number, one in enumerate(authorities, 1)
    ]
    return pkcs12.serialize_java_truststore(several, container_encryption(password))


def _stems(labels: Sequence[str]) -> Iterator[str]:
    """Yield the beginning of each label's file names: the label, cut and numbered where another file has the name."""
    used = {CA_FILE, TRUSTSTORE, f"{TRUSTSTORE}{_PASSWORD}"}
    for label in labels:
        for stem in _candidates(_short(label)):
            names = {f"{stem}{ending}".casefold() for ending in _ENDINGS}
            if not names & used:
                used |= names
                yield stem
                break


def _candidates(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}-{number}" for number in range(2, 10_000))


def _short(label: str) -> str:
    if len(label.encode()) <= _MOST_BYTES:
        return label
    return f"{label.encode()[:_MOST_BYTES].decode(errors='ignore')}-{hashlib.sha256(label.encode()).hexdigest()[:8]}"


def _document(bundle: Bundle, files: Mapping[str, bytes], settings: Mapping[str, str] | None = None) -> str:
    body: dict[str, object] = {
        "environment": bundle.path,
        "revision": bundle.revision,
        "fingerprints": [one.sha256 for one in bundle.clients],
        "files": {name: b64encode(content).decode() for name, content in files.items()},
    }
    return json.dumps(body if settings is None else {**body, "settings": settings})
