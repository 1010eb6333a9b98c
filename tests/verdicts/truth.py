"""What ``openssl`` and ``keytool`` themselves do with a container."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from bot.certificates import Reader

_DESTINATION = "destination 7"


def openssl_opens(data: bytes, password: str | None, *, legacy: bool) -> bool:
    """Whether ``openssl pkcs12`` reads everything in it, with the legacy provider or without."""
    with tempfile.TemporaryDirectory() as room:
        store, secret = Path(room) / "in.p12", Path(room) / "pass"
        store.write_bytes(data)
        # A file without any line is no password to openssl, not an empty one.
        secret.write_bytes((password or "").encode() + b"\n")
        options = ("-legacy",) if legacy else ()
        command = ["openssl", "pkcs12", "-in", str(store), "-passin", f"file:{secret}", "-noenc", *options]
        return subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0


def keytool_takes(data: bytes, password: str | None) -> int:
    """How many entries Java takes over into another keystore, keys included; what it cannot read it does not take."""
    with tempfile.TemporaryDirectory() as room:
        store, secret, out, other = (Path(room) / name for name in ("in.p12", "pass", "out.p12", "other"))
        store.write_bytes(data)
        secret.write_text(password or "", encoding="utf-8")
        other.write_text(_DESTINATION)
        source = ("-srckeystore", store, "-srcstoretype", "PKCS12", "-srcstorepass:file", secret)
        target = ("-destkeystore", out, "-deststoretype", "PKCS12", "-deststorepass:file", other, "-noprompt")
        command = ["keytool", "-importkeystore", *map(str, (*source, *target))]
        run = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin:/usr/local/bin"},
        )  # fmt: skip
        lines = run.stdout + run.stderr
        done = [line for line in lines.splitlines() if line.startswith("Import command completed")]
        return int(done[0].split(":")[1].split()[0]) if done else 0


def opens_in(data: bytes, password: str | None) -> dict[Reader, bool]:
    """The truth about what can be asked here; Java 8 cannot."""
    return {
        Reader.OPENSSL: openssl_opens(data, password, legacy=False),
        Reader.OPENSSL_LEGACY: openssl_opens(data, password, legacy=True),
        Reader.JAVA_17: keytool_takes(data, password) > 0,
    }
