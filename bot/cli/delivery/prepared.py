"""What a command needs to find its certificates: variables of its environment, and files in a private folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import SecretStr

from bot.certificates.delivery import buildpack
from bot.certificates.delivery.as_json import json_form
from bot.certificates.delivery.bundle import Bundle
from bot.certificates.delivery.file_forms import plain_files, runtime_files


class ExecForm(StrEnum):
    """Forms that a command can be started with."""

    BUILDPACK = "buildpack"
    RUNTIME = "runtime"
    FILES = "files"
    JSON = "json"


# Linux takes no longer text for one variable (MAX_ARG_STRLEN), its name included.
LONGEST_VARIABLE = 128 * 1024 - 2


class TooLarge(Exception):
    """The bundle does not fit into a variable."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Variables to set and files to write."""

    variables: Mapping[str, SecretStr]
    files: Mapping[str, bytes] = field(repr=False)


def prepared(bundle: Bundle, form: ExecForm, directory: str) -> Prepared:
    """Return what the form needs; ``directory`` is the folder that the files will be in. Raises :class:`TooLarge`."""
    variables, files = _FORMS[form](bundle, directory)
    whole = {"CERTDESK_REVISION": str(bundle.revision), **variables}
    if any(len(f"{name}={value}".encode()) > LONGEST_VARIABLE for name, value in whole.items()):
        raise TooLarge
    return Prepared({name: SecretStr(value) for name, value in whole.items()}, files)


_Parts = tuple[dict[str, str], dict[str, bytes]]


def _json(bundle: Bundle, directory: str) -> _Parts:
    return {"CERTDESK_BUNDLE": f"{directory}/bundle.json"}, {"bundle.json": json_form(bundle).encode()}


def _buildpack(bundle: Bundle, _directory: str) -> _Parts:
    return buildpack.variables(bundle), {}


def _files(bundle: Bundle, directory: str) -> _Parts:
    return {"CERTDESK_DIR": directory}, plain_files(bundle)


def _runtime(bundle: Bundle, directory: str) -> _Parts:
    """Return the settings as the variables that images of the build pack read."""
    files, settings = runtime_files(bundle, directory)
    return {"CERTDESK_DIR": directory, **{f"MXRUNTIME_{name}": value for name, value in settings.items()}}, files


_FORMS: Mapping[ExecForm, Callable[[Bundle, str], _Parts]] = {
    ExecForm.JSON: _json,
    ExecForm.BUILDPACK: _buildpack,
    ExecForm.RUNTIME: _runtime,
    ExecForm.FILES: _files,
}
