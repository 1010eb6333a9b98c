"""A deposit that waits for approval: what is kept of it, how its environment looks, and checking it again."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence

from bot.certificates import Certificate, ClientMaterial, Report
from bot.desk.base.deeds import Do, Look, Preparing
from bot.desk.base.errors import NoLongerGood
from bot.desk.certificates import looks
from bot.desk.deposit.checking import beside, judged
from store import Environment, ReadTransaction
from store.certificates import authorities, clients


def client_as_do(client: ClientMaterial, *, upload_id: str, label: str, pins: Sequence[str]) -> Do:
    """Return a client certificate as JSON, without its key; certificates are DER in base64."""
    chain = [_text(one.der) for one in client.chain]
    return {"upload": upload_id, "label": label, "pins": list(pins), "leaf": _text(client.leaf.der), "chain": chain}


def authorities_as_do(several: Sequence[Certificate], *, upload_id: str) -> Do:
    """Return authorities as JSON, in the file's order."""
    sha256 = [one.sha256 for one in several]
    return {"upload": upload_id, "sha256": sha256, "authorities": [_text(one.der) for one in several]}


async def look(tx: ReadTransaction, place: Environment, do: Do) -> Look:
    """Return what is current under the label."""
    return looks.of_version(await clients.find(tx, place.id, do["label"]))


async def look_authorities(tx: ReadTransaction, place: Environment, do: Do) -> Look:
    """Return those of the authorities that the environment trusts."""
    wanted = frozenset(do["sha256"])
    return looks.of_authorities([one for one in await authorities.current(tx, place.id) if one.sha256 in wanted])


async def checked_again(preparing: Preparing) -> ClientMaterial:
    """Judge the client certificate as it would be judged today. Raises NoLongerGood."""
    desk, place, do = preparing.desk, preparing.place, preparing.do
    async with desk.store.reading() as tx:
        held = await beside(tx, place, do["label"], do["pins"])
    files = [preparing.secret.get_secret_value(), *map(b64decode, (do["leaf"], *do["chain"]))]
    report = await judged(desk, place, held, files, member=preparing.by)
    _must_be_good(report)
    if report.client is None:
        raise NoLongerGood(())
    return report.client


async def authorities_again(preparing: Preparing) -> tuple[Certificate, ...]:
    """Judge the authorities as they would be judged today. Raises NoLongerGood."""
    desk, place = preparing.desk, preparing.place
    async with desk.store.reading() as tx:
        context = desk.context(place, current=await authorities.fingerprints(tx, place.id))
    files = [b64decode(one) for one in preparing.do["authorities"]]
    report = await desk.opener.authorities(files, context, member=preparing.by)
    _must_be_good(report)
    return report.authorities


def _must_be_good(report: Report) -> None:
    if report.blocked:
        raise NoLongerGood(tuple(one.message for one in report.blockers))


def _text(der: bytes) -> str:
    return b64encode(der).decode()
