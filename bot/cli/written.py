"""Writing a container and its password to files that only their owner reads."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from pydantic import SecretStr

from bot.certificates import generate_password, unfit_password
from bot.cli.given import password_in, usage

_ONLY_MINE = 0o600


def new_password(file: Path | None) -> tuple[bool, SecretStr]:
    """Return whether the password was generated here, and the password: that in ``file``, if there is one."""
    if file is None or not file.exists():
        return True, generate_password()
    password = password_in(file)
    if (unfit := unfit_password(password)) is not None:
        usage(f"{unfit} Change it in {file}, or name a file that does not exist to have one generated.")
    return False, password


def write(packed: bytes, out: Path, made: SecretStr | None, password_file: Path | None) -> None:
    """Write the password first: a container whose password is lost cannot be used."""
    if made is not None and password_file is not None:
        _create(password_file, made.get_secret_value().encode() + b"\n")
    _create(out, packed)
    typer.echo(f"Wrote {out}.", err=True)
    if made is not None and password_file is None:
        typer.echo("Its password, which is not stored anywhere:", err=True)
        typer.echo(made.get_secret_value())


def _create(path: Path, data: bytes) -> None:
    """Create a file with mode 0600; a half-written one is deleted."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except OSError:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        usage(f"{path} cannot be written: {error.strerror}.")
