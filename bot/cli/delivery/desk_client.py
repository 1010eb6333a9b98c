"""The desk as an app reaches it: fetching the bundle and reporting what was loaded, over HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.certificates.delivery.as_json import bundle_of
from bot.certificates.delivery.bundle import Bundle

# Beside the time for which the desk is asked to wait for a change.
_SECONDS = 30.0
_LARGEST = 64 * 1024 * 1024
# Codes of what passes by itself.
_PASSING = frozenset({"unavailable", "internal"})
_PATH = re.compile(r"[a-z0-9-]{1,40}/[a-z0-9-]{1,40}", re.ASCII)


class Unreachable(Exception):
    """The desk does not answer, or something else does; it may later."""


class DeskRefuses(Exception):
    """The desk refuses, with its own ``code`` and sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fetched:
    """A bundle, and ``text`` as it came (the form ``json``); until ``frozen_until`` no restart is wanted."""

    bundle: Bundle
    etag: str
    text: SecretStr
    frozen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """There is nothing newer than what the app has."""

    frozen_until: datetime | None = None


def bad_address(url: str) -> str | None:
    """Return what is wrong with the desk's address, as the end of a sentence; None if it can be used."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        return "is not a web address: give one like https://certdesk.example"
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        return "would send private keys unencrypted: use https, or an address of this machine"
    return None


def is_path(text: str) -> bool:
    """Return whether this can be an environment, ``app/environment``."""
    return _PATH.fullmatch(text) is not None


class DeskClient:
    """Asks for one environment. ``token`` is read for each request: it may be another one by then."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, environment: str, token: Callable[[], SecretStr]
    ) -> None:
        self._session = session
        self._base = f"{url.rstrip('/')}/v1/environments/{environment}"
        self._token = token

    async def fetch(self, *, etag: str = "", wait: int = 0) -> Fetched | Unchanged:
        """Return the bundle, or that the one with ``etag`` is the newest, after waiting up to ``wait`` seconds.

        Raises Unreachable, DeskRefuses.
        """
        query = {"form": "json", **({"wait": str(wait)} if wait else {})}
        headers = {"If-None-Match": etag} if etag else {}
        async with self._answer("GET", "bundle", wait, params=query, headers=headers) as answer:
            frozen = _moment(answer.headers.get("Certdesk-Frozen-Until"))
            if answer.status == 304:
                return Unchanged(frozen)
            text = SecretStr((await _body(answer)).decode())
            try:
                return Fetched(bundle_of(text.get_secret_value()), answer.headers.get("ETag", ""), text, frozen)
            except ValueError:
                raise Unreachable("something else than Certdesk answers there") from None

    async def loaded(self, instance: str, revision: int, fingerprints: Sequence[str]) -> Mapping[str, Any]:
        """Report what an instance runs, and return what the desk knows of all of them. Raises as :meth:`fetch`."""
        body = {"instance": instance, "revision": revision, "fingerprints": list(fingerprints)}
        return await self._report(body)

    async def stopped(self, instance: str) -> None:
        """Report that an instance has ended. Raises as :meth:`fetch`."""
        await self._report({"instance": instance, "stopped": True})

    async def _report(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._answer("POST", "loaded", 0, json=body) as answer:
            found: Mapping[str, Any] = await answer.json()
            return found

    @asynccontextmanager
    async def _answer(
        self, method: str, what: str, wait: int, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        sent = {"Authorization": f"Bearer {self._token().get_secret_value()}", **(headers or {})}
        timeout = aiohttp.ClientTimeout(total=wait + _SECONDS, connect=10)
        try:
            async with self._session.request(
                method, f"{self._base}/{what}", headers=sent, timeout=timeout, allow_redirects=False, **more
            ) as answer:
                if answer.status not in {200, 304}:
                    raise await _refusal(answer)
                yield answer
        except aiohttp.ClientConnectorCertificateError:
            raise Unreachable("its TLS certificate is not trusted here") from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # The text of these may repeat what was sent.
            raise Unreachable(_why(error)) from None


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    return "no connection" if isinstance(error, aiohttp.ClientConnectorError) else "the connection broke"


async def _refusal(answer: aiohttp.ClientResponse) -> Exception:
    """Return the desk's own error; for an answer that is none of the desk's, that it cannot be reached."""
    try:
        said = await answer.json()
        code, sentence = str(said["error"]), str(said["message"])
    except (aiohttp.ClientError, ValueError, KeyError, TypeError):
        return Unreachable(f"something else than Certdesk answers there, with status {answer.status}")
    return Unreachable(sentence) if code in _PASSING else DeskRefuses(code, sentence)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    data = await answer.content.read(_LARGEST + 1)
    while chunk := await answer.content.read(_LARGEST + 1):
        data += chunk
        if len(data) > _LARGEST:
            raise ValueError("too large")
    return data


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
