"""The PKCS #12 vectors of PyPI's ``cryptography_vectors``, with the passwords that its own tests give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors

from tests.verdicts.samples import Sample

_PKITS = "password"
_OF_THE_LIBRARY = "cryptography"


def everything() -> Iterator[Sample]:
    """Every ``.p12`` of the package."""
    root = Path(cryptography_vectors.__file__).parent
    for path in sorted(root.rglob("*.p12")):
        kind = "PKITS" if "PKITS_data" in path.parts else "vectors"
        name = path.relative_to(root / "x509/PKITS_data/pkcs12" if kind == "PKITS" else root / "pkcs12")
        password = _PKITS if kind == "PKITS" else _password(path.stem)
        has_key = path.stem not in {"cert-aes256cbc-no-key", "java-truststore"} and not path.stem.startswith("name-")
        unsupported = "DSA" if "ParametersInherited" in path.stem or "ParameterInheritance" in path.stem else None
        yield Sample(kind, str(name), path.read_bytes(), password, has_key=has_key, unsupported=unsupported)


def _password(stem: str) -> str | None:
    if stem.endswith("no-pwd") or stem in {"no-password", "java-truststore"}:
        return None
    return "password" if stem.endswith("-pwd") else _OF_THE_LIBRARY
