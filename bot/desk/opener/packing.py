"""Packing a key and its certificates; runs inside a worker process, so that the bot answers meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretBytes, SecretStr

from bot.certificates import PackingFailed, Runtime
from bot.certificates.packing import pack_der


@dataclass(frozen=True, slots=True)
class Container:
    """A packed container (PKCS #12, DER); ``failed`` says why there is none, in ends of sentences."""

    content: bytes = field(repr=False)
    failed: tuple[str, ...] = ()


def packed(key: SecretBytes, certificates: Sequence[bytes], password: SecretStr, runtime: str) -> Container:
    """Pack a key (PKCS #8 DER) with its certificates (DER, the leaf first) for that runtime."""
    try:
        return Container(pack_der(key, certificates, password, runtime=Runtime(runtime)))
    except PackingFailed as failed:
        return Container(b"", failed.reasons or (str(failed),))
