"""The forms for Kubernetes, checked against its own schemas."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import kubernetes_validate
import yaml
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificates
from hypothesis import given, settings

from bot.certificates.delivery.bundle import Bundle, Form
from bot.certificates.delivery.forms import document
from tests.certificates.delivery.bundles import authority, bundle, bundles, client

VERSION = "1.31"


def read(sent: Bundle, form: Form) -> list[dict[str, Any]]:
    text = document(sent, form).text.get_secret_value()
    assert text.isascii()
    return [one for one in yaml.safe_load_all(text) if one is not None]


def content(secret: dict[str, Any], name: str) -> bytes:
    return b64decode(secret["data"][name], validate=True)


@given(bundles())
@settings(max_examples=40, deadline=None)
def test_secrets_are_what_kubernetes_takes(sent: Bundle) -> None:
    """Each is valid, has a name of its own that is a DNS label, and its type's keys."""
    secrets = read(sent, Form.KUBERNETES)
    assert len(secrets) == len(sent.clients) + bool(sent.authorities)
    names = [one["metadata"]["name"] for one in secrets]
    assert len(set(names)) == len(names)
    for secret, name in zip(secrets, names, strict=True):
        kubernetes_validate.validate(secret, VERSION, strict=True)
        assert len(name) <= 63
        assert name.replace("-", "").isalnum()
        assert name == name.lower()
        assert name.isascii()
        assert not name.endswith("-")


def test_a_tls_secret_has_certificate_chain_key_and_ca() -> None:
    """The certificate stands first, then its chain, as servers and clients load them; the key is unencrypted PKCS 8."""
    one = client(pins=("Bank prod", "bänk.example"), version=4)
    tls, trusted = read(bundle(one, authorities=(authority(),)), Form.KUBERNETES)
    assert (tls["type"], tls["metadata"]["name"]) == ("kubernetes.io/tls", "orders-production-bank")
    several = load_pem_x509_certificates(content(tls, "tls.crt"))
    assert len(several) == 2
    key: Any = load_pem_private_key(content(tls, "tls.key"), None)
    assert key.public_key() == several[0].public_key()
    assert content(tls, "ca.crt") == content(trusted, "ca.crt")
    notes = tls["metadata"]["annotations"]
    assert (notes["certdesk/version"], notes["certdesk/pins"]) == ("4", "Bank prod\nbänk.example")


def test_the_operator_gets_containers_with_passwords() -> None:
    """Key and password are base64, the password is never empty, pins are a list, the CA secret has `custom.crt`."""
    one = client(pins=("Module.Service",))
    app, trusted = read(bundle(one, authorities=(authority(),)), Form.OPERATOR)
    (found,) = app["spec"]["runtime"]["clientCertificates"]
    password = b64decode(found["password"], validate=True)
    assert password
    assert pkcs12.load_key_and_certificates(b64decode(found["key"]), password)[0] is not None
    assert found["pinTo"] == ["Module.Service"]
    kubernetes_validate.validate(trusted, VERSION, strict=True)
    assert len(load_pem_x509_certificates(content(trusted, "custom.crt"))) == 1


def test_an_empty_environment_is_valid() -> None:
    """No secret at all, and an app without client certificates."""
    assert read(bundle(), Form.KUBERNETES) == []
    (app,) = read(bundle(), Form.OPERATOR)
    assert app["spec"]["runtime"]["clientCertificates"] == []
