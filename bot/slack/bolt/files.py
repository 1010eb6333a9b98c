"""Files out of Slack: what is known of one, its bytes, and deleting it. The bot token goes to allowed hosts only."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.desk.base.errors import FileTrouble
from bot.desk.deposit.uploads import FileInfo
from bot.slack.bolt.client import slack_reason

MEBIBYTE = 1024 * 1024
_CHUNK = 64 * 1024
_REDIRECTS = 3
_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)

_REASONS = {
    "file_not_found": "gone",
    "file_deleted": "gone",
    "missing_scope": "login_page",
    "not_allowed_token_type": "login_page",
    "access_denied": "foreign",
    "not_visible": "foreign",
    "file_not_visible": "foreign",
}
_PORTS = {"https": ":443", "http": ":80"}
_GONE_MODES = frozenset({"tombstone", "hidden_by_limit"})


class SlackFiles:
    """Read files as the bot; ``most`` is in bytes.

    ``hosts`` are ``name``, for the port of the scheme alone, or ``name:port``, lower-case.
    """

    def __init__(
        self,
        *,
        client: AsyncWebClient,
        http: aiohttp.ClientSession,
        token: SecretStr,
        hosts: frozenset[str],
        most: int = 10 * MEBIBYTE,
    ) -> None:
        self._client = client
        self._http = http
        self._token = token
        self._hosts = hosts
        self._most = most

    async def info(self, file_id: str, *, of: str = "") -> FileInfo:
        """Return name and size of a file, which must be that of a member (``of``); raises :class:`FileTrouble`."""
        file = await self._file(file_id, of)
        return FileInfo(name=_name(file), size=int(file.get("size") or 0))

    async def permalink(self, file_id: str) -> str:
        """Return the link to the file; empty if Slack gives none."""
        return str((await self._file(file_id)).get("permalink") or "")

    async def fetch(self, file_id: str, *, of: str = "") -> bytes:
        """Return the bytes of a file, which must be that of a member (``of``); raises :class:`FileTrouble`."""
        file = await self._file(file_id, of)
        if int(file.get("size") or 0) > self._most:
            raise FileTrouble("too_large")
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        # A page is what Slack answers where the token may not read; only a file that is a page itself may be one.
        page = str(file.get("mimetype") or "").startswith("text/html")
        try:
            return await self._download(url, page=page)
        except (aiohttp.ClientError, TimeoutError):
            raise FileTrouble("unreachable") from None

    async def delete(self, file_id: str) -> bool:
        """Delete the file; return False if Slack does not allow it. A file that is gone counts as deleted."""
        try:
            await self._client.files_delete(file=file_id)
        except SlackApiError as error:
            reason = slack_reason(error)
            if reason in {"cant_delete_file", "missing_scope", "not_allowed_token_type", "restricted_action"}:
                return False
            if _REASONS.get(reason) == "gone":
                return True
            raise
        return True

    async def _file(self, file_id: str, of: str = "") -> Mapping[str, Any]:
        """A form may come back with the id of any file, which the bot may be able to read and the person may not."""
        try:
            answer = await self._client.files_info(file=file_id)
        except SlackApiError as error:
            if reason := _REASONS.get(slack_reason(error)):
                raise FileTrouble(reason) from None
            raise
        file: Mapping[str, Any] = answer.get("file") or {}
        if file.get("mode") in _GONE_MODES:
            raise FileTrouble("gone", _name(file))
        if file.get("is_external") or file.get("mode") == "external":
            raise FileTrouble("link", _name(file))
        if file.get("file_access") in {"check_file_info", "access_denied"}:
            raise FileTrouble("foreign", _name(file))
        if of and file.get("user") != of:
            raise FileTrouble("not_yours")
        return file

    async def _download(self, url: str, *, page: bool) -> bytes:
        for _ in range(_REDIRECTS + 1):
            self._must_be_allowed(url)
            headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
            async with self._http.get(url, headers=headers, allow_redirects=False, timeout=_TIMEOUT) as answer:
                if 300 <= answer.status < 400:
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                _must_be_the_file(answer, page=page)
                return await self._read(answer)
        raise FileTrouble("unreachable")

    def _must_be_allowed(self, url: str) -> None:
        """Raise unless the token may go there: to an allowed host, and over TLS unless it is this machine."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        named = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ""))
        if parts.username is not None or named not in self._hosts:
            raise FileTrouble("foreign")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(host)):
            raise FileTrouble("foreign")

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        data = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > self._most:
                raise FileTrouble("too_large")
        return bytes(data)


def _name(file: Mapping[str, Any]) -> str:
    return str(file.get("name") or file.get("title") or "")


def _must_be_the_file(answer: aiohttp.ClientResponse, *, page: bool) -> None:
    if answer.status in {401, 403} or (answer.status == 200 and answer.content_type == "text/html" and not page):
        raise FileTrouble("login_page")
    if answer.status in {404, 410}:
        raise FileTrouble("gone")
    if answer.status != 200:
        raise FileTrouble("unreachable")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
