"""The description of the API (OpenAPI 3.1), which the tests hold the running app to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.api import words
from bot.api.bundle import FROZEN_UNTIL, LONGEST_WAIT, REVISION
from bot.api.routes import TOKEN_ERRORS
from bot.certificates.delivery.bundle import Form
from bot.certificates.delivery.forms import MEDIA_TYPES
from bot.desk.delivery.proof import LONGEST_NAME, MOST_FINGERPRINTS
from bot.desk.delivery.refusals import Refusal

Json = dict[str, Any]

_BASE = "/v1/environments/{app}/{environment}"
_BODY_ERRORS = ((400, "bad_body"), (400, "unknown_field"), (408, "too_slow"), (413, "too_large"))
_ALWAYS = ((500, "internal"), (503, "unavailable"))


def _error(codes: Sequence[str], about: str = "") -> Json:
    """Return the answer with one of these codes."""
    schema = {
        "type": "object",
        "required": ["error", "message"],
        "properties": {"error": {"type": "string", "enum": sorted(codes)}, "message": {"type": "string"}},
    }
    return {"description": about or ", ".join(sorted(codes)), "content": {"application/json": {"schema": schema}}}


def _errors(*several: tuple[int, str]) -> Json:
    """Return the answers by status, for codes with their status."""
    by_status: dict[int, list[str]] = {}
    for status, code in (*TOKEN_ERRORS.values(), *several, *_ALWAYS):
        by_status.setdefault(status, []).append(code)
    made = {str(status): _error(codes) for status, codes in sorted(by_status.items())}
    made["401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    made["503"]["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    return made


def _refusals(*reasons: Refusal) -> list[tuple[int, str]]:
    statuses = words.refusal_codes()
    return [(statuses[one], one.value) for one in reasons]


def _answer(schema: Json, about: str) -> Json:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": sorted(properties), "properties": properties}


_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_FINGERPRINT: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_PATH = [
    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("app", "environment")
]


def _query(name: str, schema: Json, about: str) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": about}


_BUNDLE_CLIENT = _object(
    label=_TEXT,
    version=_COUNT,
    pins={"type": "array", "items": _TEXT},
    sha256=_FINGERPRINT,
    expires_at={"type": "string", "format": "date-time"},
    pkcs12={"type": "string", "description": "The container, base64."},
    password=_TEXT,
    certificate=_TEXT,
    private_key=_TEXT,
    chain=_TEXT,
)
_FILES = {
    **_object(environment=_TEXT, revision=_COUNT, fingerprints={"type": "array", "items": _FINGERPRINT}),
    "description": "The forms `files` and `runtime`: `files` maps names to contents in base64, `settings` to texts.",
}
_FILES["properties"]["files"] = {"type": "object", "additionalProperties": _TEXT}
_FILES["properties"]["settings"] = {"type": "object", "additionalProperties": _TEXT}
_FILES["required"] = [*_FILES["required"], "files"]
_WHOLE = {
    **_object(
        environment=_TEXT,
        revision=_COUNT,
        client_certificates={"type": "array", "items": _BUNDLE_CLIENT},
        ca_certificates={
            "type": "array",
            "items": _object(
                name=_TEXT,
                sha256=_FINGERPRINT,
                expires_at={"type": "string", "format": "date-time"},
                certificate=_TEXT,
            ),
        },
    ),
    "description": "The form `json`.",
}
_BUILDPACK = {
    **_object(CLIENT_CERTIFICATES=_TEXT, CERTIFICATE_AUTHORITIES=_TEXT),
    "description": "The form `buildpack`: environment variables.",
}


def _bundle_content() -> Json:
    # Kubernetes describes its objects itself.
    schemas: Mapping[str, Json] = {
        "application/json": {"anyOf": [_WHOLE, _BUILDPACK, _FILES]},
        "application/yaml": {},
        "text/plain": _TEXT,
    }
    return {kind: {"schema": schemas[kind]} for kind in sorted(set(MEDIA_TYPES.values()))}


_HEADERS = {
    "ETag": {"schema": _TEXT, "description": "The same for the same revision in the same form."},
    REVISION: {"schema": _TEXT, "description": "The revision of the environment, a number."},
    FROZEN_UNTIL: {
        "schema": {"type": "string", "format": "date-time"},
        "description": "When the change freeze ends in which the environment is: until then no restart is wanted.",
    },
}
_BUNDLE = {
    "operationId": "bundle",
    "summary": "Fetch the environment's certificates, with their private keys, in the form that the app reads.",
    "security": [{"delivery": []}],
    "parameters": [
        *_PATH,
        _query("form", {"type": "string", "enum": [one.value for one in Form], "default": "json"}, "The form."),
        _query(
            "revision",
            {"type": "integer", "minimum": 0, "maximum": 999_999_999},
            "The revision that you have: while it is the current one, the answer is 304.",
        ),
        _query(
            "wait",
            {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT},
            "For how many seconds to wait for another revision before the answer is 304.",
        ),
        _query(
            "directory",
            {"type": "string", "maxLength": 200},
            "The folder that the settings of `runtime` name; without it they name files alone.",
        ),
        {"name": "If-None-Match", "in": "header", "required": False, "schema": _TEXT},
    ],
    "responses": {
        "200": {"description": "The bundle.", "headers": _HEADERS, "content": _bundle_content()},
        "304": {"description": "You have it already.", "headers": _HEADERS},
        **_errors(
            *[(400, code) for code in words.PARAMETERS],
            *_refusals(Refusal.UNKNOWN_REVISION, Refusal.CANNOT_PACK, Refusal.CANNOT_DECRYPT, Refusal.BAD_DIRECTORY),
        ),
    },
}
_LOADED = {
    "operationId": "loaded",
    "summary": "Report which revision an instance runs: a pending restart ends when all live instances have loaded it.",
    "security": [{"delivery": []}],
    "parameters": _PATH,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["instance"],
                    "additionalProperties": False,
                    "properties": {
                        "instance": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
                        "revision": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
                        "fingerprints": {"type": "array", "items": _FINGERPRINT, "maxItems": MOST_FINGERPRINTS},
                        "stopped": {"type": "boolean", "description": "The instance has ended."},
                    },
                }
            }
        },
    },
    "responses": {
        "200": _answer(
            _object(
                environment=_TEXT,
                revision=_COUNT,
                instances=_COUNT,
                current=_COUNT,
                confirmed={"type": "boolean"},
                pending=_COUNT,
            ),
            "What is known of all live instances now.",
        ),
        **_errors(
            *_BODY_ERRORS,
            *_refusals(
                Refusal.UNKNOWN_REVISION,
                Refusal.BAD_INSTANCE,
                Refusal.BAD_FINGERPRINTS,
                Refusal.FINGERPRINTS_DIFFER,
                Refusal.TOO_MANY_INSTANCES,
            ),
        ),
    },
}
_RESTARTED = {
    "operationId": "restarted",
    "summary": "Confirm that the app was restarted, for apps that do not fetch their certificates here.",
    "security": [{"confirm": []}],
    "parameters": _PATH,
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"at": {"type": ["string", "null"], "format": "date-time"}},
                }
            }
        },
    },
    "responses": {
        "200": _answer(_object(confirmed={"type": "boolean"}, environment=_TEXT, pending=_COUNT), "What came of it."),
        **_errors(*_BODY_ERRORS, (400, "bad_at")),
    },
}


def _token(about: str) -> Json:
    return {"type": "http", "scheme": "bearer", "description": about}


DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "Certdesk",
        "version": "1",
        "description": "Certificates for apps, and proof of what they run. Errors are `{error, message}`.",
    },
    "paths": {
        f"{_BASE}/bundle": {"get": _BUNDLE},
        f"{_BASE}/loaded": {"post": _LOADED},
        f"{_BASE}/restarted": {"post": _RESTARTED},
    },
    "components": {
        "securitySchemes": {
            "delivery": _token("A token of `/cert env delivery-token` (cdd_…)."),
            "confirm": _token("A token of `/cert env token` (cdh_…)."),
        }
    },
}
