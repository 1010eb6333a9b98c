"""Open a Java keystore with its password, or tell the one reason why it does not open."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretBytes, SecretStr

from bot.certificates import refusals
from bot.certificates.encryption import passwords
from bot.certificates.encryption.ber import Malformed
from bot.certificates.encryption.cost import Cost, over_budget
from bot.certificates.encryption.passwords import PasswordEncoding
from bot.certificates.findings import Code, Finding, blocker, note
from bot.certificates.keystores import jks, protection
from bot.certificates.keystores.jks import Keystore
from bot.certificates.model import Context, Format
from bot.certificates.refusals import CannotOpen

# A round here takes as long as so many of those that a budget counts: it is Python's own loop.
_SLOWER = 20


@dataclass(frozen=True, slots=True)
class OpenedKeystore:
    """Keys (PKCS #8, DER) and certificates (DER) in the keystore's order, and what is remarkable about it."""

    keys: tuple[SecretBytes, ...]
    certificates: tuple[bytes, ...] = field(repr=False)
    remarks: tuple[Finding, ...]


def read(kind: Format, data: bytes, where: str) -> Keystore:
    """Return what shows without a password; raises :class:`CannotOpen`."""
    try:
        found = jks.read(data)
    except Malformed:
        raise CannotOpen(_damaged(kind, where)) from None
    if found.more:
        raise CannotOpen(_secret_keys(where))
    return found


def opened(kind: Format, data: bytes, password: SecretStr | None, context: Context, where: str) -> OpenedKeystore:
    """Open a keystore; one without keys opens without a password too. Raises :class:`CannotOpen`."""
    found = read(kind, data, where)
    certificates = tuple(der for one in found.entries for der in one.certificates)
    if not found.keys and not passwords.given(password):
        return OpenedKeystore((), certificates, ())
    encoding, text = _proven(data, password, where)
    several = tuple(_key(one.key, text, context, kind, where) for one in found.entries if one.key is not None)
    remarks = [_legacy(kind)] if several else []
    if not encoding.plain:
        remarks.append(_spelled(encoding))
    return OpenedKeystore(several, certificates, tuple(remarks))


def _proven(data: bytes, password: SecretStr | None, where: str) -> tuple[PasswordEncoding, str]:
    """Return the password that the integrity hash proves, as the keystore was made with it."""
    if not passwords.given(password) or password is None:
        raise CannotOpen(refusals.password_required(where))
    for encoding, form in passwords.as_bmp(password):
        if jks.is_proven(data, form[:-2]):
            return encoding, form[:-2].decode("utf-16-be", "surrogatepass")
    raise CannotOpen(refusals.wrong_password(where))


def _key(encrypted: bytes, password: str, context: Context, kind: Format, where: str) -> SecretBytes:
    try:
        cost = Cost(protection.iterations(encrypted) * _SLOWER)
        if (finding := over_budget(cost, context)) is not None:
            raise CannotOpen(finding)
        plain = protection.decrypt(encrypted, password)
    except (Malformed, IndexError, ValueError, TypeError):
        raise CannotOpen(_damaged(kind, where)) from None
    if plain is None:
        raise CannotOpen(refusals.second_password())
    return SecretBytes(plain)


def _legacy(kind: Format) -> Finding:
    return note(
        Code.LEGACY_ENCRYPTION,
        f"The Java keystore ({kind.value.upper()}) uses old encryption, which protects poorly against guessing the "
        "password.",
        "Nothing to do: Certdesk packs the key as PKCS #12 for the app.",
    )


def _spelled(encoding: PasswordEncoding) -> Finding:
    return note(
        Code.PASSWORD_SPELLING,
        f"The password opens the keystore, but not exactly as typed ({encoding.value}).",
        "Nothing to do: Certdesk packs the key as PKCS #12 for the app.",
    )


def _damaged(kind: Format, where: str) -> Finding:
    return blocker(
        Code.CORRUPT,
        f"{where} begins like a Java keystore ({kind.value.upper()}), but is cut off or damaged.",
        "Copy or download it again in binary mode, and compare its size with the original.",
    )


def _secret_keys(where: str) -> Finding:
    return blocker(
        Code.KEYSTORE_JKS,
        f"{where} is a Java keystore (JCEKS) with secret keys in it, which only Java reads.",
        "Export the certificate's entry as PKCS #12 with: keytool -importkeystore -srckeystore FILE "
        "-srcstoretype JCEKS -srcalias ALIAS -destkeystore out.p12 -deststoretype PKCS12",
    )
