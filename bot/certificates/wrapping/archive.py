"""The files in a ZIP archive, as if they had been sent together."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from bot.certificates.formats.sniff import sniff
from bot.certificates.model import Format
from bot.certificates.wrapping.encodings import Inside

_MOST_FILES = 200
_ENCRYPTED = 0x1
# What a Mac adds beside each file, and what makes a ZIP an Office document.
_LEFT_OUT, _OFFICE = ("__MACOSX/", "/."), "[Content_Types].xml"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def archive(data: bytes, *, most: int) -> Iterator[Inside]:
    """Unpack the files of a ZIP archive, at most ``most`` bytes in all; none of an encrypted one or of a document."""
    if sniff(data) is not Format.ZIP:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            entries = [one for one in opened.infolist() if _is_wanted(one)]
            if len(entries) > _MOST_FILES or any(one.filename == _OFFICE for one in entries):
                return
            for entry in entries:
                # Its header says how large it is, which need not be true.
                with opened.open(entry) as packed:
                    content = packed.read(most + 1)
                most -= len(content)
                if most < 0:
                    return
                yield Inside("a ZIP archive", content)
    except _BROKEN:
        return


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    hidden = name.startswith(_LEFT_OUT[0]) or _LEFT_OUT[1] in f"/{name}"
    return not (entry.is_dir() or hidden or entry.flag_bits & _ENCRYPTED)
