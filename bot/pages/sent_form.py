"""A form with files, as it arrives: fields first, then the files, which stay in memory alone.

aiohttp's own reader puts files into temporary ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, MultipartReader, web

from bot.pages import words
from bot.pages.pages import Refused

_FIELD_BYTES, _MOST_FIELDS, _MOST_FILES = 8192, 12, 10
_BESIDE_FILES = 64 * 1024
_SECONDS = 60.0
FILES = "files"


@dataclass
class SentForm:
    """The fields of a form by name, and its files, which are read when they are asked for.

    ``first_name`` is the name of the first file; empty where none was chosen.
    """

    fields: Mapping[str, str] = field(repr=False)
    first_name: str
    _reader: MultipartReader = field(repr=False)
    _next: BodyPartReader | None = field(repr=False)
    _most: int

    async def files(self) -> list[bytes]:
        """Return the files' contents. Raises Refused."""
        found, left = list[bytes](), self._most
        try:
            async with asyncio.timeout(_SECONDS):
                while self._next is not None and len(found) < _MOST_FILES:
                    content = await _read(self._next, left)
                    left -= len(content)
                    if self._next.filename:
                        found.append(content)
                    self._next = await _part(self._reader)
        except (Refused, asyncio.CancelledError):
            raise
        except Exception:  # slow, or broken: this may be anybody's
            raise Refused(400, words.UNREADABLE) from None
        return found


async def sent_form(request: web.Request, most: int) -> SentForm:
    """Read the fields of a form whose files have at most ``most`` bytes together. Raises Refused."""
    if request.content_type != "multipart/form-data":
        raise Refused(400, words.UNREADABLE)
    if (request.content_length or 0) > most + _BESIDE_FILES:
        raise Refused(413, words.TOO_LARGE)
    fields: dict[str, str] = {}
    try:
        async with asyncio.timeout(_SECONDS):
            reader = await request.multipart()
            part = await _part(reader)
            while part is not None and part.name != FILES and len(fields) < _MOST_FIELDS:
                fields[str(part.name)] = (
                    (await _read(part, _FIELD_BYTES)).decode().replace("\0", "")
                )  # PostgreSQL takes none
                part = await _part(reader)
    except (Refused, asyncio.CancelledError):
        raise
    except Exception:
        raise Refused(400, words.UNREADABLE) from None
    return SentForm(fields, (part.filename or "") if part is not None else "", reader, part, most)


async def _part(reader: MultipartReader) -> BodyPartReader | None:
    part = await reader.next()
    if isinstance(part, MultipartReader):
        raise Refused(400, words.UNREADABLE)
    return part


async def _read(part: BodyPartReader, most: int) -> bytes:
    body = bytearray()
    while chunk := await part.read_chunk():
        body += chunk
        if len(body) > most:
            raise Refused(413, words.TOO_LARGE)
    return bytes(body)
