"""Certdesk's settings, read from the environment once and checked together.

Every error is reported in one go, a sentence each, and no sentence repeats a value: half of them are secrets.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SLACK_API = "https://slack.com/api/"
DEPLOY_API = "https://deploy.mendix.com/api/1"
_MOST_DAYS = 3650
SLACK_FILE_HOST = "files.slack.com"


class SettingsError(Exception):
    """The environment does not hold usable settings; ``sentences`` says everything that is wrong with it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _variable(name: str) -> AliasChoices:
    return AliasChoices(name)


class StoreSettings(BaseSettings):
    """Where everything is kept, and the ring of keys that it is sealed with: all that a store's command needs."""

    model_config = SettingsConfigDict(hide_input_in_errors=True, extra="ignore", env_ignore_empty=True)

    database_url: str = Field("sqlite:///certdesk.sqlite3", validation_alias=_variable("CERTDESK_DATABASE_URL"))
    keys: SecretStr | None = Field(None, validation_alias=_variable("CERTDESK_KEYS"))
    key_file: Path | None = Field(None, validation_alias=_variable("CERTDESK_KEY_FILE"))
    kms_keys: str | None = Field(None, validation_alias=_variable("CERTDESK_KMS_KEYS"))
    database_pool: int = Field(5, ge=1, le=200, validation_alias=_variable("CERTDESK_DATABASE_POOL"))

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, value: str, info: ValidationInfo) -> str:
        if not value.startswith(("sqlite:", "sqlite+aiosqlite:", "postgresql:", "postgresql+asyncpg:", "postgres:")):
            raise ValueError("is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST/DATABASE")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        wrong = list(self._contradictions())
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _contradictions(self) -> list[str]:
        wrong = []
        if self.keys is not None and self.key_file is not None:
            wrong.append("CERTDESK_KEYS and CERTDESK_KEY_FILE are both set: keep one of them.")
        if self.keys is None and self.key_file is None and self.kms_keys is None and not self.embedded:
            wrong.append(
                "CERTDESK_KEYS, CERTDESK_KEY_FILE or CERTDESK_KMS_KEYS is missing: several replicas share one "
                "database, so they must share one key ring (make an entry with `certdesk keys new`)."
            )
        return wrong

    @property
    def embedded(self) -> bool:
        """True on SQLite, where Certdesk keeps a key file of its own beside the database."""
        return self.database_url.startswith("sqlite")


class Settings(StoreSettings):
    """What an operator can set; names are those of the environment variables in the README's table."""

    bot_token: SecretStr = Field(validation_alias=_variable("SLACK_BOT_TOKEN"))
    signing_secret: SecretStr | None = Field(None, validation_alias=_variable("SLACK_SIGNING_SECRET"))
    app_token: SecretStr | None = Field(None, validation_alias=_variable("SLACK_APP_TOKEN"))
    slack_api_url: str = Field(SLACK_API, validation_alias=_variable("CERTDESK_SLACK_API_URL"))
    file_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), validation_alias=_variable("CERTDESK_FILE_HOSTS")
    )
    host: str = Field("127.0.0.1", validation_alias=_variable("CERTDESK_HOST"))
    public_url: str = Field("", validation_alias=_variable("CERTDESK_PUBLIC_URL"))
    port: int = Field(3000, ge=0, le=65535, validation_alias=_variable("CERTDESK_PORT"))
    open_seconds: float = Field(5.0, gt=0, le=60, validation_alias=_variable("CERTDESK_OPEN_SECONDS"))
    open_memory_mib: int = Field(512, ge=256, le=8192, validation_alias=_variable("CERTDESK_OPEN_MEMORY_MIB"))
    open_workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=64,
        validation_alias=_variable("CERTDESK_OPEN_WORKERS"),
    )
    expiry_days: Annotated[tuple[int, ...], NoDecode] = Field(
        (90, 60, 30, 14, 7, 3, 1, 0), validation_alias=_variable("CERTDESK_EXPIRY_DAYS")
    )
    min_rsa_bits: int = Field(2048, ge=1024, le=16384, validation_alias=_variable("CERTDESK_MIN_RSA_BITS"))
    max_file_mib: int = Field(10, ge=1, le=100, validation_alias=_variable("CERTDESK_MAX_FILE_MIB"))
    deploy_api_url: str = Field(DEPLOY_API, validation_alias=_variable("CERTDESK_DEPLOY_API_URL"))
    webhook_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), validation_alias=_variable("CERTDESK_WEBHOOK_HOSTS")
    )
    log_level: str = Field("INFO", validation_alias=_variable("CERTDESK_LOG_LEVEL"))

    @field_validator("bot_token")
    @classmethod
    def _is_a_bot_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("xoxb-"):
            raise ValueError("is not a bot token: it starts with xoxb- (OAuth & Permissions, Bot User OAuth Token)")
        return value

    @field_validator("app_token")
    @classmethod
    def _is_an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("is not an app-level token: it starts with xapp- (Basic Information, App-Level Tokens)")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _is_a_safe_base(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("is not a web address: give one like https://slack.com/api/")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("would send the bot token unencrypted: use https, or an address of this machine")
        return value if value.endswith("/") else value + "/"

    @field_validator("public_url")
    @classmethod
    def _is_a_web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        plain = not (parts.query or parts.fragment or parts.username or set(value) & set(" <>|\"'`$\\"))
        if value and not (parts.scheme in {"http", "https"} and parts.hostname and plain and value.isprintable()):
            raise ValueError("is not a web address: give the one at which pipelines reach Certdesk, https://your.host")
        return value.rstrip("/")

    @field_validator("deploy_api_url")
    @classmethod
    def _is_a_safe_platform(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"is not a web address: give one like {DEPLOY_API}")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("would send API keys unencrypted: use https, or an address of this machine")
        return value.rstrip("/")

    @field_validator("file_hosts", "webhook_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        if isinstance(value, str):
            return frozenset(host.strip().lower() for host in value.split(",") if host.strip())
        return value

    @field_validator("expiry_days", mode="before")
    @classmethod
    def _split_days(cls, value: Any) -> Any:
        return parse_days(value) if isinstance(value, str) else value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("is not a log level: use DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    def _contradictions(self) -> list[str]:
        wrong = []
        if self.signing_secret is None and self.app_token is None:
            wrong.append(
                "SLACK_SIGNING_SECRET is missing: HTTP mode needs it to know Slack's requests from others "
                "(Basic Information, Signing Secret), or set SLACK_APP_TOKEN for Socket Mode."
            )
        if os.environ.get("CERTDESK_EXPIRES_SOON_DAYS"):
            wrong.append(
                "CERTDESK_EXPIRY_DAYS replaces CERTDESK_EXPIRES_SOON_DAYS: its first number counts now. "
                "Remove CERTDESK_EXPIRES_SOON_DAYS."
            )
        return [*wrong, *super()._contradictions()]

    @property
    def socket_mode(self) -> bool:
        """True where Slack is reached through a web socket, so that no public address is needed."""
        return self.app_token is not None

    @property
    def allowed_file_hosts(self) -> frozenset[str]:
        """Hosts (``name`` or ``name:port``) that may receive the bot token when a file is downloaded."""
        if self.slack_api_url == SLACK_API:
            return self.file_hosts | {SLACK_FILE_HOST}
        netloc = urlsplit(self.slack_api_url).netloc.lower()
        return self.file_hosts | {netloc, "files." + netloc}


def parse_days(text: str) -> tuple[int, ...]:
    """Parse ``CERTDESK_EXPIRY_DAYS``: days before an expiry, largest first. Raises ValueError."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdigit() and int(word) <= _MOST_DAYS for word in words):
        raise ValueError("is not a list of days: give numbers like 90,30,7,1,0")
    return tuple(sorted({int(word) for word in words}, reverse=True))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**given: Any) -> Settings:
    """Read the settings from the environment; ``given`` (by field alias) goes before it.

    Raises :class:`SettingsError` with one sentence for each thing that is wrong.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_sentences(error)) from None


def load_store_settings(**given: Any) -> StoreSettings:
    """Read what a command that works on the store alone needs; raises as :func:`load_settings`."""
    try:
        return StoreSettings(**given)
    except ValidationError as error:
        raise SettingsError(_sentences(error)) from None


def _sentences(error: ValidationError) -> list[str]:
    found: list[str] = []
    for problem in error.errors(include_url=False, include_input=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if not name:
            found += problem["msg"].removeprefix("Value error, ").split("\n")
        elif problem["type"] == "missing":
            found.append(f"{name} is missing.")
        else:
            found.append(f"{name} {_reworded(problem['msg'])}.")
    return found


def _reworded(message: str) -> str:
    if message.startswith("Value error, "):
        return message.removeprefix("Value error, ")
    return "is not usable: " + message[0].lower() + message[1:]
