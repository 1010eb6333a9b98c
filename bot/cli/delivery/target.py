"""Which environment a command is for: the desk's address, the token, and the name of this instance."""

from __future__ import annotations

import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.cli.delivery.desk_client import bad_address, is_path
from bot.cli.given import usage

URL, TOKEN = "CERTDESK_URL", "CERTDESK_TOKEN"
TOKEN_FILE = f"{TOKEN}_FILE"
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """``instance`` is the name that this one reports itself by."""

    url: str
    environment: str
    instance: str

    @property
    def about(self) -> str:
        """Return what a cache is bound to."""
        return f"{self.url} {self.environment}"

    @property
    def is_identity(self) -> bool:
        """Return whether the token is one that an issuer signed (RFC 7519), and signs anew now and then."""
        return _token().count(".") == 2

    def token(self) -> SecretStr:
        """Return the token as it is now: in a file it may have been replaced. Empty where there is none any more."""
        return SecretStr(_token() or "")


def target(environment: str, instance: str | None) -> Target:
    """Return it from the options and the environment; ends the command with status 2 where something is missing."""
    url = os.environ.get(URL, "")
    if not url:
        usage(f"{URL} is missing: set it to the address of your Certdesk, such as https://certdesk.example.")
    if (flaw := bad_address(url)) is not None:
        usage(f"{URL} {flaw}.")
    if not is_path(environment):
        usage(f"{environment} is no environment: write it like orders/production.")
    token = _token()
    if not token or _TOKEN.fullmatch(token) is None:
        usage(
            f"{TOKEN} (or {TOKEN_FILE}, a file that holds it) is missing or is no token: "
            "`/cert env delivery-token` in Slack makes one."
        )
    return Target(url, environment, instance or socket.gethostname())


def _token() -> str:
    if path := os.environ.get(TOKEN_FILE):
        try:
            return Path(path).read_text().strip()
        except (OSError, ValueError):
            return ""
    return os.environ.get(TOKEN, "").strip()


def say(sentence: str) -> None:
    """Print a sentence for whoever reads the log of the app."""
    print(f"certdesk: {sentence}", file=sys.stderr, flush=True)
