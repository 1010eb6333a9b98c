"""Findings for containers and keys that cannot be opened, and the exception that carries one."""

from __future__ import annotations

from bot.certificates.encryption.schemes import Scheme
from bot.certificates.findings import Code, Finding, blocker, named

_CHECK = "Check capital letters, spaces and characters that look alike, or ask the sender."
THE_FILE = "The file"
_COPY_AGAIN = "Copy or download it again in binary mode, and compare its size with the original."


class CannotOpen(Exception):
    """A container or key does not open; ``finding`` says why.

    Raised ``from None``: the library's exception may hold what was decrypted.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def refuse_scheme(scheme: Scheme, *, proven: bool) -> None:
    """Raise :class:`CannotOpen` if the encryption scheme is damaged or not supported."""
    if scheme.malformed and not proven:
        raise CannotOpen(damaged_container())
    if scheme.unsupported:
        raise CannotOpen(unsupported(scheme.unsupported, proven=proven))


def password_required(where: str = THE_FILE) -> Finding:
    """Report an encrypted file without a password; ``where`` names it in a sentence."""
    return blocker(
        Code.PASSWORD_REQUIRED,
        f"{where} is protected by a password.",
        "Type the password. It usually comes in a separate message.",
    )


def wrong_password(where: str = THE_FILE) -> Finding:
    """Report a password that the MAC shows to be wrong."""
    return blocker(Code.WRONG_PASSWORD, f"The password does not open {_object(where)}.", _CHECK)


def wrong_password_or_damage(where: str = THE_FILE) -> Finding:
    """Report a password that opens nothing in a file without a MAC: a damaged file would look the same."""
    return blocker(
        Code.WRONG_PASSWORD,
        f"The password does not open {_object(where)}: it is wrong, or the file is damaged. There is no integrity "
        "check (MAC) that could tell which.",
        _CHECK,
    )


def for_an_account(where: str = THE_FILE) -> Finding:
    """Report a container that Windows protected for an account or a group."""
    return blocker(
        Code.PASSWORD_REQUIRED,
        f"{where} is protected for a Windows account or group, not by a password.",
        "Export it again on a Windows machine of that account, with Password ticked in place of Group or user names.",
    )


def _object(where: str) -> str:
    return "this file" if where == THE_FILE else where[:1].lower() + where[1:]


def second_password() -> Finding:
    """Report a password that the MAC proves but that does not decrypt the content."""
    return blocker(
        Code.TWO_PASSWORDS,
        "The password is right, but the content is encrypted with something else: "
        "a second password, or by an unusual tool.",
        "Type the second password if there is one, or ask who made the file.",
    )


def unsupported(name: str, *, proven: bool) -> Finding:
    """Report an unsupported cipher, key derivation, digest or kind of key; ``name`` may come from the file."""
    beginning = "The password is right, but the file uses" if proven else "The file uses"
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"{beginning} {named(name)}, which Certdesk does not support.",
        "Open the file in the program that made it, and export it again with AES-256 encryption.",
    )


def unsupported_certificate_key(kind: str) -> Finding:
    """Report a certificate whose kind of key is not supported; ``kind`` is our own word."""
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"The file has a certificate with a {kind} key, which Certdesk does not support.",
        "Ask for a certificate with an RSA, EC (P-256, P-384, P-521) or Ed25519 key. Partners refuse other kinds.",
    )


def unusual_certificate(what: str) -> Finding:
    """Report a complete certificate that the library does not read; ``what`` completes "a certificate with"."""
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"The file has a certificate with {what}. Certdesk does not read that, and not every partner does.",
        "Ask the CA to issue it again, with software that writes certificates as RFC 5280 asks.",
    )


def damaged_container() -> Finding:
    """Report a container whose outer structure cannot be read."""
    return blocker(Code.CORRUPT, "The file begins like a PKCS #12 container but is cut off or damaged.", _COPY_AGAIN)


def damaged_content() -> Finding:
    """Report a container of which the password opens a part, while the MAC fails and another part does not open."""
    return blocker(
        Code.CORRUPT,
        "The password opens a part of the file, but the integrity check (MAC) fails: the rest is damaged.",
        _COPY_AGAIN,
    )


def damaged_inside(what: str) -> Finding:
    """Report an unreadable part of an opened container; ``what`` is our own word, such as "the private key"."""
    return blocker(
        Code.CORRUPT,
        f"The container opens, but {what} in it is damaged.",
        "Ask the sender to export it again. It was damaged before it was encrypted.",
    )
