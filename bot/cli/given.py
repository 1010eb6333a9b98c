"""Read what commands are given: files, folders and passwords. What cannot be read ends the command with status 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import typer
from pydantic import SecretStr

USAGE = 2


def usage(sentence: str) -> NoReturn:
    """Print the sentence on standard error, and end the command with status 2."""
    typer.echo(sentence, err=True)
    raise typer.Exit(USAGE)


def content(path: Path, limit: int = -1) -> bytes:
    """Return the file's bytes, at most one more than ``limit``."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1 if limit >= 0 else -1)
    except OSError as error:
        usage(f"{path} cannot be read: {error.strerror}.")


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Return the files, and for a folder the files in it, sorted by name. Folders in folders are left out."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += _files_in(path)
        elif not path.exists():
            usage(f"{path} cannot be read: No such file or directory.")
        elif not os.access(path, os.R_OK):
            usage(f"{path} cannot be read: Permission denied.")
        else:
            found.append(path)
    return found


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_file())
    except OSError as error:
        usage(f"{folder} cannot be read: {error.strerror}.")


def password_in(path: Path) -> SecretStr:
    """Return the first line of the file."""
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        usage(f"{path} is not UTF-8 text: put the password in the first line of a text file.")
    lines = text.splitlines()
    return SecretStr(lines[0] if lines else "")


def password_from(password_file: Path | None, password_stdin: bool) -> SecretStr | None:
    """Return the password from the file or from standard input; None without either."""
    if password_file is not None and password_stdin:
        usage("Give --password-file or --password-stdin, not both.")
    if password_stdin:
        return SecretStr(sys.stdin.readline().rstrip("\r\n"))
    return password_in(password_file) if password_file is not None else None
