"""How certificates and authorities are: what is compared before a change of them is approved."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.base.deeds import Do, Look
from bot.desk.certificates.lookup import CLIENT
from store import Authority, Environment, ReadTransaction, Version
from store.certificates import authorities, clients

_NAMED = 20


async def of_certificate(tx: ReadTransaction, _place: Environment, do: Do) -> Look:
    """Return the version of a certificate that is current, by the certificate's id."""
    return of_version(await clients.of_certificate(tx, do["certificate"]))


async def of_target(tx: ReadTransaction, place: Environment, do: Do) -> Look:
    """Return what is current of a certificate or an authority, by its kind and its id; nothing of what is removed."""
    if do["kind"] == CLIENT:
        return await of_certificate(tx, place, {"certificate": do["id"]})
    found = await authorities.get(tx, do["id"])
    return of_authorities([found]) if found is not None and found.removed_at is None else {}


def of_version(version: Version | None) -> Look:
    """Return a version; nothing of one whose certificate was removed."""
    if version is None or version.removed_at is not None:
        return {}
    return {
        "version": (str(version.number),),
        "subject": (version.subject,),
        "issuer": (version.issuer,),
        "ends": (version.effective_end.isoformat(),),
        "sha256": (version.sha256,),
        "chain": version.chain_names,
        "pins": version.pins,
    }


def of_authorities(several: Sequence[Authority]) -> Look:
    """Return how many authorities there are, and the first of them by name and fingerprint."""
    if not several:
        return {}
    first = several[:_NAMED]
    return {
        "count": (str(len(several)),),
        "names": tuple(one.name for one in first),
        "fingerprints": tuple(one.sha256 for one in first),
        "ends": (min(one.not_after for one in several).isoformat(),),
    }
