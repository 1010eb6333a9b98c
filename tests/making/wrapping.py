"""What people's programs wrap files in on their way."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable


def zipped(*files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(files):
            archive.writestr(f"file-{number}", data)
    return buffer.getvalue()


WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "lines of base64": base64.encodebytes,
    "URL-safe": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "UTF-16": lambda data: base64.b64encode(data).decode().encode("utf-16"),
    "UTF-16 without its mark": lambda data: base64.b64encode(data).decode().encode("utf-16-le"),
    "data URI": lambda data: b"data:application/x-pkcs12;base64," + base64.b64encode(data),
    "hex": lambda data: data.hex(":").encode(),
    "Python": lambda data: repr(data).encode(),
    "JSON": lambda data: json.dumps({"data": {"pfx": base64.b64encode(data).decode()}}, indent=2).encode(),
    "YAML": lambda data: b"kind: Secret\ndata:\n  client.p12: " + base64.b64encode(data) + b"\n",
    "YAML block": lambda data: b"a: |\n" + b"".join(b"  %b\n" % one for one in base64.encodebytes(data).splitlines()),
    "profile": lambda data: b"<?xml version='1.0'?>\n<data>\n" + base64.encodebytes(data) + b"</data>",
    "ZIP": zipped,
    "blank lines": lambda data: b"\r\n\r\n" + data,
    "UTF-8 of each byte": lambda data: data.decode("latin-1").encode(),
    "PEM label": lambda data: b"-----BEGIN PKCS12-----\n" + base64.encodebytes(data) + b"-----END PKCS12-----\n",
}
