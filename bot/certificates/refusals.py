"""Why a container, or a key, stays closed: the one true reason each, and the way out."""

from __future__ import annotations

from bot.certificates.encryption.schemes import Scheme
from bot.certificates.findings import Code, Finding, blocker, named

_CHECK = "Check capitals, spaces and look-alike characters, or ask whoever made the file."
_EXPORT = "Copy or download it again, in binary mode, and compare its size with the original's."


class Closed(Exception):
    """Something does not open; ``finding`` says why. Never raised from the library's own exception."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def refuse_scheme(scheme: Scheme, *, proven: bool) -> None:
    """Raises :class:`Closed` where the scheme cannot be opened here."""
    if scheme.malformed and not proven:
        raise Closed(damaged())
    if scheme.unsupported:
        raise Closed(unsupported(scheme.unsupported, proven=proven))


def required() -> Finding:
    """The file is locked and no password was given."""
    return blocker(
        Code.PASSWORD_REQUIRED,
        "This file is protected by a password.",
        "Type the password that came with it, usually in a separate message.",
    )


def wrong() -> Finding:
    """The password was tried, and the MAC says that it is not the one."""
    return blocker(Code.WRONG_PASSWORD, "The password does not open this file.", _CHECK)


def unproven() -> Finding:
    """The password opens nothing, and there is no MAC that could say whether it is wrong or the file is damaged."""
    return blocker(
        Code.WRONG_PASSWORD,
        "The password does not open this file, or the file is damaged: it carries nothing that could tell which.",
        _CHECK,
    )


def other_password() -> Finding:
    """The MAC proves the password, and the content is encrypted with another."""
    return blocker(
        Code.TWO_PASSWORDS,
        "This container was made with two passwords. The one you typed guards its integrity (the MAC), "
        "but its content is encrypted with the other.",
        "Type the password that the private key was encrypted with.",
    )


def unsupported(name: str, *, proven: bool) -> Finding:
    """A cipher, derivation, digest or kind of key that cannot be opened here; ``name`` may come from the file."""
    beginning = "The password is right, but the file uses" if proven else "The file uses"
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"{beginning} {named(name)}, which cannot be opened here.",
        "Open it with the tool that made it, and export it again with AES-256 encryption.",
    )


def strange_certificate(kind: str) -> Finding:
    """A certificate whose key is of a kind that cannot be read here; ``kind`` is ours."""
    return blocker(
        Code.UNSUPPORTED_ALGORITHM,
        f"There is a certificate with a {kind} key, which cannot be read here.",
        "Use a certificate with an RSA, EC (P-256, P-384, P-521) or Ed25519 key; partners refuse other kinds.",
    )


def damaged() -> Finding:
    """The outside of a container cannot be read."""
    return blocker(Code.CORRUPT, "This file begins like a PKCS #12 container but is cut off or damaged.", _EXPORT)


def changed() -> Finding:
    """The password opens a part of the container, the MAC says no, and another part does not open."""
    return blocker(
        Code.CORRUPT,
        "The password opens a part of this file, but the rest is damaged and the integrity check (MAC) fails.",
        _EXPORT,
    )


def damaged_inside(what: str) -> Finding:
    """Something in an opened container cannot be read; ``what`` is ours, "the private key" say."""
    return blocker(
        Code.CORRUPT,
        f"The container opens, but {what} in it is damaged and cannot be read.",
        "Ask for the file to be exported again; this copy was broken before it was encrypted.",
    )
