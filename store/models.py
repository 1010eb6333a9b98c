"""The tables, and how rows become values: nothing outside the store sees a row."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")
ID = String(32)


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC on the way in and out; SQLite keeps no zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone reached the store")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text that a file, a certificate or a person brought along, of any length.

    PostgreSQL keeps no NUL and neither database keeps half a surrogate pair: both become U+FFFD.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.translate(_UNKEEPABLE)


_UNKEEPABLE = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")


def new_id() -> str:
    """Return a new row's id: 32 lower-case hex digits, 128 random bits: a row keeps it in another database."""
    return uuid4().hex


def unique_while(name: str, *columns: str, where: str) -> Index:
    """Return a unique index over the rows for which ``where`` holds."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


def copied(value: type[Value], row: object, **changed: Any) -> Value:
    """Return a frozen value with each field from the attribute of its name, lists as tuples, unless it is given."""
    names = (field.name for field in fields(value) if field.name not in changed)
    kept = {name: getattr(row, name) for name in names}
    return value(**{name: tuple(one) if isinstance(one, list) else one for name, one in kept.items()}, **changed)


class Base(DeclarativeBase):
    """All tables, with names for their constraints so that migrations can speak of them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime(), dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012  SQLAlchemy reads it from the class


class EnvironmentRow(Base):
    __tablename__ = "environment"
    __table_args__ = (unique_while("uq_environment_present", "app", "name", where="removed_at IS NULL"),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    app: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(32), index=True)
    timezone: Mapped[str] = mapped_column(String(64))
    runtime: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None] = mapped_column(String(32))
    owners: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    owners_only: Mapped[bool] = mapped_column(Boolean, server_default=false())
    protected: Mapped[bool] = mapped_column(Boolean, server_default=false())
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Grows with every change that the app has to load.
    revision: Mapped[int] = mapped_column(Integer, server_default="0")


class UploadRow(Base):
    __tablename__ = "upload"
    __table_args__ = (Index("ix_upload_beside", "channel", "member", "at"),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    file_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    channel: Mapped[str] = mapped_column(String(32))
    member: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Words)
    size: Mapped[int] = mapped_column(BigInteger)
    use: Mapped[str | None] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    holds_key: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]
    environment_id: Mapped[str | None] = mapped_column(ForeignKey("environment.id"))


class CertificateRow(Base):
    __tablename__ = "certificate"
    __table_args__ = (unique_while("uq_certificate_present", "environment_id", "label", where="removed_at IS NULL"),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"))
    label: Mapped[str] = mapped_column(String(80))
    current_number: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None] = mapped_column(String(32))
    last_number: Mapped[int] = mapped_column(Integer, server_default="0")
    removed_pins: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class VersionRow(Base):
    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("certificate_id", "number"),
        Index("ix_version_environment_end", "environment_id", "effective_end"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"))
    number: Mapped[int] = mapped_column(Integer)
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(Words)
    issuer: Mapped[str] = mapped_column(Words)
    serial: Mapped[str] = mapped_column(Text)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    effective_end: Mapped[datetime] = mapped_column(index=True)
    key_type: Mapped[str] = mapped_column(Words)
    signature: Mapped[str] = mapped_column(Words)
    san: Mapped[list[str]]
    eku: Mapped[list[str]]
    leaf_der: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[list[str]]
    key_id: Mapped[str] = mapped_column(String(32), index=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    deposited_by: Mapped[str] = mapped_column(String(32))
    deposited_at: Mapped[datetime]
    replaces: Mapped[int | None] = mapped_column(Integer)
    purged_at: Mapped[datetime | None]
    # Copied from the certificate (immutable) so that expiry queries can use one index.
    environment_id: Mapped[str | None] = mapped_column(ID)
    chain_names: Mapped[list[str]] = mapped_column(server_default="[]")
    expires_first: Mapped[str] = mapped_column(Words, server_default="")
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class PinRow(Base):
    __tablename__ = "pin"
    __table_args__ = (UniqueConstraint("environment_id", "value"),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"))
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"), index=True)
    value: Mapped[str] = mapped_column(String(255))


class AuthorityRow(Base):
    __tablename__ = "authority"
    __table_args__ = (
        Index("ix_authority_environment_end", "environment_id", "not_after"),
        unique_while("uq_authority_present", "environment_id", "sha256", where="removed_at IS NULL"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"))
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), index=True)
    name: Mapped[str] = mapped_column(Words)
    sha256: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Words)
    issuer: Mapped[str] = mapped_column(Words)
    serial: Mapped[str] = mapped_column(Text)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    der: Mapped[bytes] = mapped_column(LargeBinary)
    position: Mapped[int] = mapped_column(Integer)
    added_by: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None] = mapped_column(String(32))
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class RestartRow(Base):
    __tablename__ = "pending_restart"
    __table_args__ = (unique_while("uq_pending_restart_open", "environment_id", where="confirmed_at IS NULL"),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"))
    opened_at: Mapped[datetime]
    occurrence: Mapped[int] = mapped_column(Integer)
    edition: Mapped[int] = mapped_column(Integer)
    snoozed_until: Mapped[datetime | None]
    snoozed_by: Mapped[str | None] = mapped_column(String(32))
    message_channel: Mapped[str | None] = mapped_column(String(32))
    message_ts: Mapped[str | None] = mapped_column(String(32))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(32))


class ChangeRow(Base):
    __tablename__ = "restart_change"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    restart_id: Mapped[str] = mapped_column(ForeignKey("pending_restart.id"), index=True)
    what: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(Words)
    count: Mapped[int] = mapped_column(Integer)
    version_id: Mapped[str | None] = mapped_column(ForeignKey("version.id"))
    by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    # The environment's revision that the change made; whoever runs that or a later one has loaded it.
    revision: Mapped[int] = mapped_column(Integer, server_default="0")


class InstanceRow(Base):
    """An instance of an app, and what it last said that it runs."""

    __tablename__ = "instance"
    __table_args__ = (UniqueConstraint("environment_id", "name"),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"))
    name: Mapped[str] = mapped_column(Words)
    revision: Mapped[int] = mapped_column(Integer)
    fingerprints: Mapped[list[str]]
    loaded_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


class DueRow(Base):
    __tablename__ = "due"
    __table_args__ = (
        Index(
            "ix_due_open",
            "lane",
            "due_at",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Words)
    channel: Mapped[str | None] = mapped_column(String(32))
    ts: Mapped[str | None] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(16), server_default="say")
    environment_id: Mapped[str | None] = mapped_column(ID)
    unsure_since: Mapped[datetime | None]
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class PauseRow(Base):
    """Rate-limit pause of one Web API method, shared by all replicas."""

    __tablename__ = "pause"
    method: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime]


class SignatureRow(Base):
    """Signature of a request that was let in, as the SHA-256 of it in hex; kept while it could be replayed."""

    __tablename__ = "signature"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class ConnectionRow(Base):
    """How an environment's app is restarted; its credentials are encrypted like a private key."""

    __tablename__ = "connection"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, Any]]
    key_id: Mapped[str] = mapped_column(String(32))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]


class PerformedRow(Base):
    """A restart that Certdesk performs: one at a time for an environment."""

    __tablename__ = "performed_restart"
    __table_args__ = (
        Index("ix_performed_restart_began", "environment_id", "began_at"),
        unique_while("uq_performed_restart_running", "environment_id", where="ended_at IS NULL"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"))
    by: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(16))
    step_at: Mapped[datetime]
    job: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    app_state: Mapped[str | None] = mapped_column(String(16))
    edition: Mapped[int] = mapped_column(Integer)
    message_channel: Mapped[str | None] = mapped_column(String(32))
    message_ts: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(Text)
    stopped_at: Mapped[datetime | None]
    recovered_at: Mapped[datetime | None] = mapped_column("over_at")


class HookTokenRow(Base):
    """A token of a program: its SHA-256 and its last characters, never itself. Without a scope it confirms restarts.

    A workload identity has ``issuer`` and ``subject``, and the digest is that of both.
    """

    __tablename__ = "hook_token"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(8))
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(32))
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    scope: Mapped[str | None] = mapped_column(String(16))
    expires_at: Mapped[datetime | None]
    networks: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    used_from: Mapped[str | None] = mapped_column(String(64))
    days_used: Mapped[int] = mapped_column(Integer, server_default="0")
    issuer: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)


class LinkRow(Base):
    """A link to a private page: its SHA-256, never itself; without one it is a permission to have one."""

    __tablename__ = "page_link"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    environment_id: Mapped[str | None] = mapped_column(ForeignKey("environment.id"))
    subject: Mapped[str] = mapped_column(ID)
    member: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_digest: Mapped[str | None] = mapped_column(String(64))
    ticket_digest: Mapped[str | None] = mapped_column(String(64))
    wrong: Mapped[int] = mapped_column(Integer, server_default="0")
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class RequestRow(Base):
    """A change that waits for a second person. What it brings is encrypted, and destroyed when it has ended."""

    __tablename__ = "change_request"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    environment_id: Mapped[str] = mapped_column(ForeignKey("environment.id"), index=True)
    deed: Mapped[str] = mapped_column(String(32))
    do: Mapped[dict[str, Any]]
    shown: Mapped[dict[str, Any]]
    upload_id: Mapped[str | None] = mapped_column(ForeignKey("upload.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Words)
    message_channel: Mapped[str | None] = mapped_column(String(32))
    message_ts: Mapped[str | None] = mapped_column(String(32))
    key_id: Mapped[str] = mapped_column(String(32))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)


class AuditRow(Base):
    __tablename__ = "audit_event"
    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    tag: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(32))
    environment_id: Mapped[str | None] = mapped_column(ID, index=True)
    version_id: Mapped[str | None] = mapped_column(ID)
    detail: Mapped[dict[str, Any]]
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHeadRow(Base):
    """The end of the audit trail: one row, so that a shortened trail is found, and writers have a row to lock."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class SecretRow(Base):
    """Secrets of the store itself: its own key, of the audit trail, rows and backups, and the ring's canary as well."""

    __tablename__ = "own_secret"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(32))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
