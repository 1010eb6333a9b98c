"""PKCS #7 bundles (RFC 5652, section 5): certificates without a key, as Windows exports them."""

from __future__ import annotations

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from bot.certificates.formats import x509_reader


def certificates(der: bytes) -> list[x509.Certificate]:
    """The bundle's certificates in its order; raises ValueError for a bundle that cannot be read."""
    try:
        with warnings.catch_warnings():
            # BER bundles are read with a warning that this will go.
            warnings.simplefilter("ignore")
            found = pkcs7.load_der_pkcs7_certificates(der)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise ValueError("not a PKCS #7 bundle") from None
    for one in found:
        x509_reader.facts(one)
    return found
