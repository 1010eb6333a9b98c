"""A key ring that AWS KMS keeps: data keys are wrapped by the service, and no ring key is ever here.

Each wrap and unwrap is a call to KMS (``Encrypt`` and ``Decrypt``), with the place of the secret as its encryption
context (AWS KMS Developer Guide, "Encryption context"), so that KMS itself refuses a row that was moved, and CloudTrail
shows what was opened. Keys of a local ring may go along: they open what they sealed, and seal nothing any more.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from store.errors import KeysUnavailable, RingError, SealBroken, StoreError
from store.secrets.ring import KeyRing

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_CONTEXT = "certdesk"
# The bytes, their context or their key are not the ones; everything else is KMS being away, or refusing us.
_BROKEN = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


@dataclass(frozen=True, slots=True)
class KmsRing:
    """KMS keys (id, ARN or alias) by name, the first of which seals; ``also`` is a local ring that opens."""

    arns: Mapping[str, str]
    client: Any = field(repr=False)
    also: KeyRing | None = None

    @property
    def first(self) -> str:
        """Return the name of the key that encrypts."""
        return next(iter(self.arns))

    @property
    def names(self) -> frozenset[str]:
        """Return every key that can decrypt."""
        return frozenset(self.arns) | (self.also.names if self.also else frozenset())

    async def wrap(self, data_key: bytes, binding: bytes) -> bytes:
        """KMS's cipher text of the data key; raises :class:`KeysUnavailable`."""
        answer = await self._asked(
            "encrypt", KeyId=self.arns[self.first], Plaintext=data_key, EncryptionContext=_context(binding)
        )
        return bytes(answer["CiphertextBlob"])

    async def unwrap(self, name: str, wrapped: bytes, binding: bytes) -> bytes:
        """Return the data key. Raises :class:`SealBroken` and :class:`KeysUnavailable`."""
        if name not in self.arns:
            if self.also is None:
                raise SealBroken
            return await self.also.unwrap(name, wrapped, binding)
        answer = await self._asked(
            "decrypt", KeyId=self.arns[name], CiphertextBlob=wrapped, EncryptionContext=_context(binding)
        )
        return bytes(answer["Plaintext"])

    async def _asked(self, what: str, **given: Any) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: Mapping[str, Any] = await getattr(self.client, what)(**given)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _BROKEN:
                raise SealBroken from None
            raise KeysUnavailable(f"AWS KMS: {code}") from None
        except (BotoCoreError, OSError) as error:  # its text may hold an address, and nothing that helps
            raise KeysUnavailable(f"AWS KMS: {type(error).__name__}") from None
        return answer


def _context(binding: bytes) -> dict[str, str]:
    return {_CONTEXT: base64.b64encode(binding).decode()}


def parse_arns(text: str) -> dict[str, str]:
    """Read ``name=key`` entries separated by commas; raises :class:`RingError`."""
    arns: dict[str, str] = {}
    for number, entry in enumerate(filter(None, re.split(r"[,\s]+", text)), start=1):
        name, equals, arn = entry.partition("=")
        if not equals or not arn or not _NAME.fullmatch(name):
            raise RingError(f"Entry {number} of CERTDESK_KMS_KEYS is not name=key, such as kms1=alias/certdesk.")
        if name in arns:
            raise RingError(f"CERTDESK_KMS_KEYS has two entries named {name}: rename or drop one.")
        arns[name] = arn
    if not arns:
        raise RingError("CERTDESK_KMS_KEYS is empty: name a key, such as kms1=alias/certdesk.")
    return arns


@asynccontextmanager
async def open_kms_ring(arns: Mapping[str, str], also: KeyRing | None = None) -> AsyncIterator[KmsRing]:
    """Open a ring with a client of its own; region, credentials and endpoint are found as AWS's tools find them."""
    try:
        from aiobotocore.config import AioConfig
        from aiobotocore.session import get_session
    except ModuleNotFoundError:
        raise StoreError("The client for AWS is not installed: run pip install 'certdesk[aws]'.") from None
    from botocore.exceptions import BotoCoreError

    if also is not None and (both := also.names & arns.keys()):
        raise RingError(f"The key ring and CERTDESK_KMS_KEYS both have a key named {min(both)}: rename one.")
    config = AioConfig(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
    try:
        opening = get_session().create_client("kms", config=config)
        client = await opening.__aenter__()
    except BotoCoreError as error:
        raise StoreError(f"AWS KMS cannot be used ({type(error).__name__}): set AWS_REGION and credentials.") from None
    try:
        yield KmsRing(arns, client, also)
    finally:
        await opening.__aexit__(None, None, None)
