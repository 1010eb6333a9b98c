"""Messages about files that were dropped, and about what was added from them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.outbox.kind import Kind, Loaded, Loading
from store import Authority, Environment, Upload, Version, environments, queue, uploads
from store.certificates import authorities, clients


@dataclass(frozen=True, slots=True)
class OfferDue:
    """Look into a file that was dropped, and tell the uploader what it is."""

    upload: Upload


@dataclass(frozen=True, slots=True)
class Card:
    """Show the channel the certificate that was added; ``approved_by`` is empty if nobody had to."""

    version: Version
    environment: Environment
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class AuthoritiesCard:
    """Show the channel which authorities were added, and by whom."""

    environment: Environment
    added: tuple[Authority, ...]
    by: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Delete a file with a private key from the channel, or tell the uploader that it is still there."""

    upload: Upload


async def _load_offer(due: Loading) -> Loaded[OfferDue]:
    upload = await uploads.get(due.tx, due.item.subject)
    return OfferDue(upload) if upload is not None and not upload.finished else None


async def _load_cleanup(due: Loading) -> Loaded[Cleanup]:
    upload = await uploads.get(due.tx, due.item.subject)
    return Cleanup(upload) if upload is not None else None


async def _load_card(due: Loading) -> Loaded[Card]:
    version = await clients.version(due.tx, due.item.subject)
    environment = await environments.get(due.tx, version.environment_id) if version else None
    return Card(version, environment, due.payload.get("approved_by", "")) if version and environment else None


async def _load_authorities(due: Loading) -> Loaded[AuthoritiesCard]:
    added = await authorities.of_upload(due.tx, due.item.subject)
    environment = await environments.get(due.tx, added[0].environment_id) if added else None
    approved_by = due.payload.get("approved_by", "")
    return AuthoritiesCard(environment, added, added[0].added_by, approved_by) if environment else None


OFFER = Kind("offer", OfferDue, _load_offer, "the answer to a dropped file", lane=queue.LOOK)
CARD = Kind("card", Card, _load_card, "the card of a new certificate")
AUTHORITIES = Kind("authorities", AuthoritiesCard, _load_authorities, "the card of new CA certificates")
CLEANUP = Kind("cleanup", Cleanup, _load_cleanup, "deleting a dropped private key")
