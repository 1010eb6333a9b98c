"""A bundle as a document in the form that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from bot.certificates.delivery.as_json import json_form
from bot.certificates.delivery.buildpack import buildpack_form, buildpack_shell_form
from bot.certificates.delivery.bundle import Bundle, Document, Form
from bot.certificates.delivery.file_forms import files_form, runtime_form
from bot.certificates.delivery.kubernetes import kubernetes_form, operator_form

_JSON, _YAML, _TEXT = "application/json", "application/yaml", "text/plain"
_FORMS: Mapping[Form, tuple[str, Callable[[Bundle], str]]] = {
    Form.JSON: (_JSON, json_form),
    Form.BUILDPACK: (_JSON, buildpack_form),
    Form.BUILDPACK_SHELL: (_TEXT, buildpack_shell_form),
    Form.OPERATOR: (_YAML, operator_form),
    Form.KUBERNETES: (_YAML, kubernetes_form),
    Form.FILES: (_JSON, files_form),
}
MEDIA_TYPES: Mapping[Form, str] = {**{form: kind for form, (kind, _) in _FORMS.items()}, Form.RUNTIME: _JSON}


def document(bundle: Bundle, form: Form, *, directory: str = "") -> Document:
    """Return the bundle in that form; ``directory`` is the folder that the settings of ``runtime`` name."""
    if form is Form.RUNTIME:
        return Document(_JSON, SecretStr(runtime_form(bundle, directory)))
    media_type, write = _FORMS[form]
    return Document(media_type, SecretStr(write(bundle)))
