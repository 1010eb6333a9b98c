"""Copying a client certificate to another environment of the channel: a deposit of what is stored already."""

from __future__ import annotations

from bot.certificates import Code
from bot.desk.base.access import changing
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import NeedsEnvironment, UnknownLabel
from bot.desk.base.lookup import meant, of_channel
from bot.desk.deposit import deposits
from bot.desk.deposit.outcomes import DepositRequest, FetchAll, Outcome
from store import Environment, ReadTransaction, Version, uploads
from store.certificates import clients


async def copy_certificate(
    desk: Desk,
    member: Member,
    channel: str,
    label: str,
    *,
    path: str,
    source: str = "",
    accepted: frozenset[Code] = frozenset(),
) -> Outcome:
    """Add a certificate of this channel to another of its environments, checked anew; ``source`` is its environment.

    The key is decrypted for that, which is recorded, and encrypted for its new place. Raises UnknownLabel,
    NeedsEnvironment if several have the label and ``source`` is not given, and what a deposit raises.
    """
    async with changing(desk, member, meant(channel, path)) as (tx, target):
        here, _ = await of_channel(tx, channel, path)
        others = [one for one in here if one.id != target.id and source in ("", one.path)]
        copied = await _source(tx, others, label)
        why = f"copied to {target.path}"
        key = await clients.reveal(tx, version_id=copied.id, by=member.id, at=desk.clock(), why=why)
        upload = await uploads.ask(tx, channel=channel, member=member.id, at=desk.clock())
    parts = [key.get_secret_value(), copied.leaf_der, *copied.chain_der]
    request = DepositRequest(
        upload_id=upload.id,
        member=member,
        environment_id=target.id,
        label=label,
        pins=" ".join(copied.pins),
        accepted=accepted,
    )
    return await deposits.deposit(desk, request, _given(parts))


def _given(parts: list[bytes]) -> FetchAll:
    async def fetched() -> list[bytes]:
        return parts

    return fetched


async def _source(tx: ReadTransaction, elsewhere: list[Environment], label: str) -> Version:
    having = [(one, found) for one in elsewhere if (found := await clients.find(tx, one.id, label)) is not None]
    if not having:
        raise UnknownLabel(label)
    if len(having) > 1:
        raise NeedsEnvironment(tuple(one.path for one, _ in having))
    return having[0][1]
