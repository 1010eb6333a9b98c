"""Find the certificates and keys in a file, whatever it wraps them in: at most three layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from pydantic import SecretStr

from bot.certificates.foreign.kinds import recognised
from bot.certificates.formats.sniff import sniff
from bot.certificates.formats.text import is_binary
from bot.certificates.model import Format
from bot.certificates.wrapping import encodings
from bot.certificates.wrapping.archive import archive
from bot.certificates.wrapping.encodings import Inside

_DEEPEST, _MOST_PIECES = 3, 500
# No certificate or key comes near it, and what is longer takes long to look through.
_LONGEST_TEXT = 1024 * 1024
_MATERIAL = frozenset(
    {
        Format.PKCS12,
        Format.PEM,
        Format.DER_CERTIFICATE,
        Format.DER_KEY,
        Format.DER_ENCRYPTED_KEY,
        Format.PKCS7,
        Format.JKS,
        Format.JCEKS,
        Format.REQUEST,
    }
)
_NAMED = frozenset({Format.EMPTY, Format.CRL, Format.PUBLIC_KEY, Format.CMS, Format.BCFKS})
Wrapper = Callable[[bytes], Iterator[Inside]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or a part of one; ``wrapped_in`` has what was around it, from the outside in.

    ``password`` is one that the document states beside it.
    """

    data: bytes = field(repr=False)
    format: Format
    wrapped_in: tuple[str, ...] = ()
    password: SecretStr | None = None


def unwrap(data: bytes, *, most: int) -> tuple[Piece, ...]:
    """Return the parts of a file that are certificates or keys; the file itself if it has none.

    ``most`` bounds in bytes what is unpacked. Never raises.
    """
    whole = Piece(data, sniff(data))
    return tuple(islice(_pieces(whole, most), _MOST_PIECES)) or (whole,)


def _pieces(piece: Piece, most: int) -> Iterator[Piece]:
    kind = piece.format
    if kind in _MATERIAL:
        yield piece
        return
    if len(piece.wrapped_in) >= _DEEPEST or kind in _NAMED or (kind is Format.UNKNOWN and recognised(piece.data)):
        return
    for wrapper in _wrappers(kind, piece.data, most):
        anything = False
        for inside in wrapper(piece.data):
            layers, password = (*piece.wrapped_in, inside.how), inside.password or piece.password
            for one in _pieces(Piece(inside.data, sniff(inside.data), layers, password), most):
                anything = True
                yield one
        if anything:
            return


def _wrappers(kind: Format, data: bytes, most: int) -> tuple[Wrapper, ...]:
    """Return what may be around it, the surest first."""
    if kind is Format.ZIP:
        return (partial(archive, most=most),)
    binary = (encodings.surrounded, encodings.twice_encoded)
    if len(data) > _LONGEST_TEXT or is_binary(data):
        return binary
    return (*binary, encodings.python_bytes, encodings.base64_text, encodings.hex_text, encodings.document)
