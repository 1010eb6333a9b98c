"""Read the settings from the environment, and check them together.

All errors are reported together, one sentence each. No sentence repeats a value: half of them are secrets.
"""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SLACK_API = "https://slack.com/api/"
DEPLOY_API = "https://deploy.mendix.com/api/1"
_MOST_DAYS = 3650
_SQLITE = "sqlite"
_DATABASES = ("sqlite:///", "sqlite+aiosqlite:///", "postgresql:", "postgresql+asyncpg:", "postgres:")
SLACK_FILE_HOST = "files.slack.com"
_WHERE = {
    "SLACK_BOT_TOKEN": " Copy the Bot User OAuth Token of the installed app (Install App); it starts with xoxb-.",
}


# Secrets that a file can hold instead, as orchestrators mount them: its path is in NAME_FILE.
IN_FILES = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "CERTDESK_KEYS",
    "CERTDESK_DATABASE_URL",
    "CERTDESK_METRICS_TOKEN",
)


class SettingsError(Exception):
    """The settings cannot be used; ``sentences`` has one sentence for each error."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _variable(name: str) -> AliasChoices:
    return AliasChoices(name)


class StoreSettings(BaseSettings):
    """Settings of every command on the store: the database, its key ring, and how files are opened and judged."""

    model_config = SettingsConfigDict(hide_input_in_errors=True, extra="ignore", env_ignore_empty=True)

    database_url: str = Field("sqlite:///certdesk.sqlite3", validation_alias=_variable("CERTDESK_DATABASE_URL"))
    key_file: Path | None = Field(None, validation_alias=_variable("CERTDESK_KEY_FILE"))
    kms_keys: str | None = Field(None, validation_alias=_variable("CERTDESK_KMS_KEYS"))
    # After the settings that it is compared with: a field's validator sees the fields before it.
    keys: SecretStr | None = Field(None, validate_default=True, validation_alias=_variable("CERTDESK_KEYS"))
    database_pool: int = Field(5, ge=1, le=200, validation_alias=_variable("CERTDESK_DATABASE_POOL"))
    open_seconds: float = Field(5.0, gt=0, le=60, validation_alias=_variable("CERTDESK_OPEN_SECONDS"))
    open_memory_mib: int = Field(512, ge=256, le=8192, validation_alias=_variable("CERTDESK_OPEN_MEMORY_MIB"))
    open_workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=64,
        validation_alias=_variable("CERTDESK_OPEN_WORKERS"),
    )
    expiry_days: Annotated[tuple[int, ...], NoDecode] = Field(
        (90, 60, 30, 14, 7, 3, 1, 0), validate_default=True, validation_alias=_variable("CERTDESK_EXPIRY_DAYS")
    )
    min_rsa_bits: int = Field(2048, ge=1024, le=16384, validation_alias=_variable("CERTDESK_MIN_RSA_BITS"))
    request_days: int = Field(3, ge=1, le=60, validation_alias=_variable("CERTDESK_REQUEST_DAYS"))
    keep_removed_days: int = Field(30, ge=1, le=3650, validation_alias=_variable("CERTDESK_KEEP_REMOVED_DAYS"))
    instance_hours: int = Field(24, ge=2, le=720, validation_alias=_variable("CERTDESK_INSTANCE_HOURS"))
    check_partners: bool = Field(False, validation_alias=_variable("CERTDESK_CHECK_PARTNERS"))
    max_file_mib: int = Field(10, ge=1, le=100, validation_alias=_variable("CERTDESK_MAX_FILE_MIB"))

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, value: str) -> str:
        if not value.startswith(_DATABASES):
            raise ValueError("is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST/DATABASE")
        return value

    @field_validator("keys")
    @classmethod
    def _is_the_only_ring(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        known = info.data
        if value is not None and known.get("key_file") is not None:
            raise ValueError("and CERTDESK_KEY_FILE are both set: keep one of them")
        given = value or known.get("key_file") or known.get("kms_keys")
        if given is None and not known.get("database_url", _SQLITE).startswith(_SQLITE):
            raise ValueError(
                "is missing: every Certdesk on this PostgreSQL database needs the same key ring. "
                "Make an entry with `certdesk keys new`, or set CERTDESK_KEY_FILE or CERTDESK_KMS_KEYS"
            )
        return value

    @field_validator("expiry_days", mode="before")
    @classmethod
    def _split_days(cls, value: Any) -> Any:
        return parse_days(value) if isinstance(value, str) else value

    @field_validator("expiry_days")
    @classmethod
    def _is_the_only_threshold(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if os.environ.get("CERTDESK_EXPIRES_SOON_DAYS"):
            raise ValueError("replaces CERTDESK_EXPIRES_SOON_DAYS by its first number: remove that variable")
        return value

    @property
    def embedded(self) -> bool:
        """Return whether the database is SQLite, beside which Certdesk keeps its own key file."""
        return self.database_url.startswith(_SQLITE)


class Settings(StoreSettings):
    """All settings; the variables are in the README's table."""

    bot_token: SecretStr = Field(validation_alias=_variable("SLACK_BOT_TOKEN"))
    app_token: SecretStr | None = Field(None, validation_alias=_variable("SLACK_APP_TOKEN"))
    signing_secret: SecretStr | None = Field(
        None, validate_default=True, validation_alias=_variable("SLACK_SIGNING_SECRET")
    )
    slack_api_url: str = Field(SLACK_API, validation_alias=_variable("CERTDESK_SLACK_API_URL"))
    file_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), validation_alias=_variable("CERTDESK_FILE_HOSTS")
    )
    host: str = Field("127.0.0.1", validation_alias=_variable("CERTDESK_HOST"))
    public_url: str = Field("", validation_alias=_variable("CERTDESK_PUBLIC_URL"))
    port: int = Field(3000, ge=0, le=65535, validation_alias=_variable("CERTDESK_PORT"))
    most_connections: int = Field(200, ge=10, le=100_000, validation_alias=_variable("CERTDESK_MAX_CONNECTIONS"))
    deploy_api_url: str = Field(DEPLOY_API, validation_alias=_variable("CERTDESK_DEPLOY_API_URL"))
    webhook_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), validation_alias=_variable("CERTDESK_WEBHOOK_HOSTS")
    )
    oidc_issuers: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias=_variable("CERTDESK_OIDC_ISSUERS"))
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), validation_alias=_variable("CERTDESK_TRUSTED_PROXIES")
    )
    metrics_token: SecretStr | None = Field(None, validation_alias=_variable("CERTDESK_METRICS_TOKEN"))
    log_level: str = Field("INFO", validation_alias=_variable("CERTDESK_LOG_LEVEL"))

    @field_validator("bot_token")
    @classmethod
    def _is_a_bot_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("xoxe."):
            raise ValueError(
                "is a token that rotates, which Certdesk does not refresh: it would stop working after hours. Make an "
                "app without token rotation (OAuth & Permissions, Advanced token security), and take its xoxb- token"
            )
        if not value.get_secret_value().startswith("xoxb-"):
            raise ValueError("is not a bot token: it starts with xoxb- (OAuth & Permissions, Bot User OAuth Token)")
        return value

    @field_validator("app_token")
    @classmethod
    def _is_an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("is not an app-level token: it starts with xapp- (Basic Information, App-Level Tokens)")
        return value

    @field_validator("signing_secret")
    @classmethod
    def _is_there_for_http(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An app token that is wrong is reported itself, and is absent here.
        if value is None and "app_token" in info.data and info.data["app_token"] is None:
            raise ValueError(
                "is missing: HTTP mode needs it to recognize requests from Slack (Basic Information, Signing Secret). "
                "For Socket Mode, set SLACK_APP_TOKEN instead"
            )
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

    @field_validator("oidc_issuers", mode="before")
    @classmethod
    def _are_issuers(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))
        for one in found:
            parts = urlsplit(one)
            safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
            if not (safe and parts.hostname) or parts.query or parts.fragment or parts.username:
                raise ValueError("is not a list of issuers: give their https addresses, as their tokens have them")
        return found

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _are_networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(word.strip(), strict=False) for word in value.split(",") if word.strip())
        except ValueError:
            raise ValueError("is not a list of networks: give addresses like 10.0.0.0/8,192.0.2.7") from None

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("is not a log level: use DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def pages_url(self) -> str:
        """Return where people reach the private pages; empty where passwords would travel unencrypted."""
        parts = urlsplit(self.public_url)
        safe = parts.scheme == "https" or _is_loopback(parts.hostname or "")
        return self.public_url if safe else ""

    @property
    def socket_mode(self) -> bool:
        """Return whether the bot connects to Slack by web socket, so that it needs no public address."""
        return self.app_token is not None

    @property
    def allowed_file_hosts(self) -> frozenset[str]:
        """Return the hosts (``name`` or ``name:port``) that may receive the bot token for a download."""
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


_Kind = TypeVar("_Kind", bound=StoreSettings)


def load_settings(**given: Any) -> Settings:
    """Read the settings from the environment; ``given``, by variable, overrides it. Raises :class:`SettingsError`."""
    return _loaded(Settings, given)


def load_store_settings(**given: Any) -> StoreSettings:
    """Read the settings of a command that needs no Slack. Raises :class:`SettingsError`."""
    return _loaded(StoreSettings, given)


def _loaded(kind: type[_Kind], given: dict[str, Any]) -> _Kind:
    """Read settings, those of :data:`IN_FILES` also from files. All errors are reported together."""
    wrong: list[str] = []
    from_files = {name: text for name in IN_FILES if (text := _in_file(name, wrong)) is not None}
    unread = {f"{line.split()[0].removesuffix('_FILE')} " for line in wrong}
    try:
        made = kind(**{**from_files, **given})
    except ValidationError as error:
        # What stands in a file that cannot be read is not missing besides.
        wrong += [line for line in _sentences(error) if not line.startswith(tuple(unread) or " ")]
        raise SettingsError(wrong) from None
    if wrong:
        raise SettingsError(wrong)
    return made


def _in_file(name: str, wrong: list[str]) -> str | None:
    """Return what stands in the file that ``NAME_FILE`` names, without white space around it; None without one."""
    if not (path := os.environ.get(f"{name}_FILE")):
        return None
    if os.environ.get(name):
        wrong.append(f"{name}_FILE and {name} are both set: keep one of them.")
        return None
    try:
        text = Path(path).read_text().strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        wrong.append(f"{name}_FILE names a file that cannot be read: {reason}.")
        return None
    if not text:
        wrong.append(f"{name}_FILE names an empty file.")
        return None
    return text


def _sentences(error: ValidationError) -> list[str]:
    return [_sentence(problem) for problem in error.errors(include_url=False, include_input=False)]


def _sentence(problem: ErrorDetails) -> str:
    name, limits = _variable_of(str(problem["loc"][0])), problem.get("ctx", {})
    return f"{name} " + {
        "missing": f"is missing.{_WHERE.get(name, '')}",
        "int_parsing": "is not a whole number.",
        "float_parsing": "is not a number.",
        "bool_parsing": "is neither true nor false.",
        "greater_than": f"must be more than {limits.get('gt')}.",
        "greater_than_equal": f"must be at least {limits.get('ge')}.",
        "less_than_equal": f"must be at most {limits.get('le')}.",
    }.get(problem["type"], _own_words(problem["msg"]))


def _variable_of(location: str) -> str:
    """Return the variable's name; for a default, pydantic gives the field's."""
    field = Settings.model_fields.get(location)
    alias = field.validation_alias if field else None
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else location


def _own_words(message: str) -> str:
    own = message.removeprefix("Value error, ")
    return f"{own}." if own != message else f"cannot be used: {message[0].lower()}{message[1:]}."
