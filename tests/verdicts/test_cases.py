"""What people really send is judged right, and said so that they can act on it."""

from __future__ import annotations

import pytest

from bot.certificates import Code, Severity, Use
from tests.verdicts import cases
from tests.verdicts.cases import Case

CASES = {case.name: case for case in cases.every()}
NOTHING: dict[str, str] = {}
# Of each that opens: its findings, with a part of what is said; of those of several, in their order.
OPENS: dict[str, dict[str, str]] = {
    "a01-b64-pfx": {"unwrapped": "from base64"},
    "a03-pem-label-pkcs12": NOTHING,
    "a06-json-newlines": NOTHING,
    "a08-k8s-secret-yaml": {"unwrapped": "from YAML"},
    "a20-smart-dashes": {"unwrapped": "BEGIN or END line that is not written exactly"},
    "a21-four-dashes": {"unwrapped": "Block 4 (private key) of the file has a BEGIN or END line"},
    "a23-no-end": {"unwrapped": "Block 4 (private key) of the file has no END line"},
    "a24-python-repr": NOTHING,
    "a29-leading-newline-pfx": {"unwrapped": "begins with blank characters"},
    "b01-trusted-cert": {"chain_incomplete": "is missing"},
    "b02-p7b-as-certificate": {"chain_reordered": "not in the usual order"},
    "b03-openssh-key": NOTHING,
    "b08-wrong-label-encrypted": NOTHING,
    "b10-key-label-mismatch": {"unwrapped": "ends with the END line of another kind of block"},
    "c08-placeholder": {"chain_extra": "client.orders.example"},
    "c16-nss-keylen": {
        "password_spelling": "as NSS does",
        "legacy_encryption": "3DES",
        "unreadable_by_java": "the password is encoded as UTF-16",
    },
    "d01-made-with-newline": {
        "password_spelling": "with a line end behind it",
        "unreadable_by_java": "the password is not plain ASCII",
    },
    "d04-typed-nbsp": {"password_spelling": "without the spaces around it"},
    "d07-quotes": {"password_spelling": "without the quotation marks around it"},
    "d08-smart-dash": {"password_spelling": "with plain hyphens"},
    "d09-cp850": {
        "chain_incomplete": "is missing",
        "password_spelling": "code page 850",
        "unreadable_by_java": "the password is not plain ASCII",
    },
    "e02-short-ec-p256": NOTHING,
    "e15-empty-subject": NOTHING,
    "e16-teletex": NOTHING,
    "e23-crit-unknown": {"partner_refuses": "a critical extension that most servers do not know"},
    "e26-server-only": {"no_client_auth": "for serverAuth, not for client authentication"},
    "e32-secp256k1": {"unreadable_by_java": "in any container: keys on the curve secp256k1"},
    "e33-brainpool": {"unreadable_by_java": "in any container: keys on the curve brainpoolP256r1"},
    "e34-brainpool-pfx": {"unreadable_by_java": "in any container: keys on the curve brainpoolP256r1"},
    "f01-expired-root-in-file": {"chain_extra": "The expired copy of Example Root CA in the file is left out"},
    "f04-expired-root-private": {
        "expired": "The CA certificate Example Root CA in the file expired on 28 October 2026"
    },
    "f08-chain-20": {"chain_reordered": "not in the usual order", "weak_key": "20 certificates have weak keys"},
    "f13-pathlen-violated": {"partner_refuses": "Example Issuing CA 1 of the chain allows fewer CAs below it"},
    "f14-issuer-not-ca": {"partner_refuses": "client.orders.example is not a CA certificate, and issued another one"},
    "g05-dek-info-cr": NOTHING,
    "g07-dek-one-line": NOTHING,
    "h23-ed25519-v2": {"chain_incomplete": "is missing"},
    "h25-ca-with-key": {
        "partner_refuses": "is a CA certificate, which identifies no client",
        "unreadable_by_java": "finds the private key without its certificate",
    },
    "h28-ms-eku": {"no_client_auth": "for Windows smart card logon"},
    "h31-x400-san": NOTHING,
    "h33-multi-rdn-identical": NOTHING,
    "h40-pem-comment-headers": NOTHING,
    "h42-lowercase-begin": {"unwrapped": "BEGIN or END line that is not written exactly"},
    "h46-aki-wrong": {"partner_refuses": "names another key of its issuer"},
    "h47-name-encoding-differs": NOTHING,
    "h49-sha1-leaf": {"weak_signature": "SHA-1 with RSA"},
    "j02-hidden-eku": {"no_client_auth": "for serverAuth"},
    "j08-b64url-pfx": {"unwrapped": "from base64"},
    "j09-hex-pfx": {"unwrapped": "from hex digits"},
    "j11-pfx-in-json": {"unwrapped": "from JSON"},
    "j13-certutil-encoded": NOTHING,
    "j16-ecdsa-label": {"chain_incomplete": "is missing"},
    "j21-no-localkeyid-certs-first": {"unreadable_by_java": "finds the private key without its certificate"},
    "j23-no-localkeyid-leaf-last": {
        "chain_reordered": "not in the usual order",
        "unreadable_by_java": "takes another certificate for the private key's",
    },
}
# Of each that stays closed: the one reason, and a part of what is said.
CLOSED: dict[str, tuple[str, str]] = {
    "a05-bare-b64-der": ("no_private_key", "a certificate but no private key"),
    "a25-html": ("not_certificates", "is a web page. Perhaps a login page was saved"),
    "a26-utf8-mangled-pfx": ("not_certificates", "was sent as text, and is lost"),
    "a32-eml": ("not_certificates", "is an e-mail message. Open it in your mail program, save the attachment"),
    "b04-openssh-key-alone": ("no_certificate", "a private key but no certificate"),
    "b05-ppk": ("not_certificates", "is a PuTTY private key. Export it from PuTTYgen"),
    "b11-csr-der": ("not_certificates", "is a certificate request, not a certificate"),
    "b12-csr-pem-key": ("no_certificate", "Block 1 (certificate request) of the file is a certificate request"),
    "b14-pubkey-pem": ("not_certificates", "is a public key, not a certificate"),
    "b15-pubkey-der": ("not_certificates", "is a public key, not a certificate"),
    "b16-p7b-crl-only": ("no_certificate", "is a PKCS #7 file without certificates"),
    "b17-smime-p7m": ("not_certificates", "is an e-mail message"),
    "b25-bcfks": ("not_certificates", "(BCFKS). Export its entry as PKCS #12"),
    "b27-truststore-p12": ("no_private_key", "There are 2 CA certificates and no private key"),
    "b29-kdb": ("not_certificates", "is an IBM key database (KDB)"),
    "b31-zip-ca": ("no_private_key", "2 CA certificates (Example Issuing CA 1, Example Root CA), 1 other certificate"),
    "b32-7z": ("not_certificates", "is a 7-Zip archive. Unpack it (7z x FILE)"),
    "b34-rar": ("not_certificates", "is a RAR archive. Unpack it"),
    "b37-pdf": ("not_certificates", "is a PDF document"),
    "b38-jwk": ("not_certificates", "is a JSON Web Key (JWK)"),
    "c15-sid-protected": ("password_required", "for a Windows account or group, not by a password"),
    "e01-encoded-default": ("unsupported_algorithm", "an extension whose default is written out"),
    "e05-fraction-time": ("unsupported_algorithm", "a time in an unusual form (20260101000000.5Z)"),
    "e07-utc-offset": ("unsupported_algorithm", "a time in an unusual form (260101000000+0100)"),
    "e14-version-4": ("unsupported_algorithm", "X.509 version 4"),
    "e42-sm2": ("unsupported_algorithm", "(SM2)"),
    "e43-mldsa-key": ("unsupported_algorithm", "(ML-DSA-65)"),
    "g03-two-passwords-files": ("wrong_password", "The password does not open file 2"),
    "h01-selfsigned-server": ("no_private_key", "partner.example is a server's certificate"),
    "h04-ca-der-concat": ("no_private_key", "There are 2 CA certificates and no private key"),
    "h10-chain-with-leaf": ("no_private_key", "2 CA certificates (Example Issuing CA 1, Example Root CA), 1 other"),
    "h38-trailing-bytes-cert": ("no_private_key", "a certificate but no private key"),
    "j18-rsa-pub-in-key": ("no_private_key", "Block 4 (public key) of the file is a public key"),
    "j26-empty-pfx": ("no_certificate", "The container is empty"),
}


def test_each_case_has_its_verdict() -> None:
    """None is left out, and none stands in both tables."""
    assert sorted([*OPENS, *CLOSED]) == sorted(CASES)


@pytest.mark.parametrize("case", [CASES[name] for name in OPENS], ids=list(OPENS))
def test_what_opens(case: Case) -> None:
    """It opens, with these findings and no other, and no blocker."""
    report = case.report()
    assert report.client is not None
    assert [one.code.value for one in report.findings] == list(OPENS[case.name])
    for one, part in zip(report.findings, OPENS[case.name].values(), strict=True):
        assert part in one.message
    assert not any(one.use is Use.FOREIGN for one in case.surveys())


@pytest.mark.parametrize("case", [CASES[name] for name in CLOSED], ids=list(CLOSED))
def test_what_stays_closed(case: Case) -> None:
    """One blocker says what it is and what to do."""
    (blocker,) = [one for one in case.report().findings if one.code is not Code.UNWRAPPED]
    code, part = CLOSED[case.name]
    assert (blocker.code.value, blocker.severity) == (code, Severity.BLOCKER)
    assert part in f"{blocker.message} {blocker.remedy}"


def test_names_that_others_hide() -> None:
    """A certificate without a subject is called by its alternative name; a name of an unknown kind hides no other."""
    empty, x400 = CASES["e15-empty-subject"].report().client, CASES["h31-x400-san"].report().client
    assert empty is not None
    assert x400 is not None
    assert empty.leaf.name == empty.leaf.san[0].removeprefix("DNS:")
    assert "X400Address" in x400.leaf.san
    assert any(one.startswith("DNS:") for one in x400.leaf.san)
