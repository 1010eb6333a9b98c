"""What commands are given: files, folders of files, passwords in files. What cannot be read is a matter of usage."""

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
    """Say what was called wrongly, and end with status 2."""
    typer.echo(sentence, err=True)
    raise typer.Exit(USAGE)


def content(path: Path, limit: int = -1) -> bytes:
    """The file's bytes, at most one more than ``limit``; ends the command where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1 if limit >= 0 else -1)
    except OSError as error:
        usage(f"{path} cannot be read: {error.strerror}.")


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, a folder as the files that lie in it by name; ends the command where one is not there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.iterdir() if one.is_file())
        elif not path.exists():
            usage(f"{path} cannot be read: No such file or directory.")
        elif not os.access(path, os.R_OK):
            usage(f"{path} cannot be read: Permission denied.")
        else:
            found.append(path)
    return found


def password_in(path: Path) -> SecretStr:
    """The file's first line; ends the command where it is not text."""
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        usage(f"{path} is not UTF-8 text: a password stands in the first line of a text file.")
    lines = text.splitlines()
    return SecretStr(lines[0] if lines else "")


def password_from(password_file: Path | None, password_stdin: bool) -> SecretStr | None:
    """The password, from a file or from standard input; None without either."""
    if password_file is not None and password_stdin:
        usage("Give the password by --password-file or by --password-stdin, not by both.")
    if password_stdin:
        return SecretStr(sys.stdin.readline().rstrip("\r\n"))
    return password_in(password_file) if password_file is not None else None
