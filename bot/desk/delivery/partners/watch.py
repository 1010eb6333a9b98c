"""A daily look at the servers that certificates are pinned to: a handshake without a certificate of ours.

Each channel has its look, on its working mornings, and hears in one message what is new. What is known of each server
travels from one look to the next, in the payload of the outbox item. A round once a day finds the channels that have no
look yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import certifi
import structlog

from bot.certificates import pem_certificates
from bot.certificates.checks.server import ServerTrust, server_trust
from bot.desk.base import calendar
from bot.desk.base.desk import Desk
from bot.desk.base.handshakes import Outcome, Tls
from bot.desk.delivery.partners.news import Known, News, compare, from_json, known_from
from bot.desk.delivery.partners.trying import HTTPS, is_host
from bot.desk.outbox.kind import Kind, Loaded, Loading
from bot.desk.outbox.results import Findable, Postponed, Receipt
from store import DueItem, Environment, ReadTransaction, Transaction, environments, queue
from store.certificates import authorities, clients

log = structlog.get_logger(__name__)

# Servers asked at a time, and how long a channel's look takes at most: a lease is two minutes. Who is not reached
# within that is looked at the next day.
_AT_A_TIME, _SECONDS = 10, 80.0
_DAY = timedelta(days=1)
# Nothing was learned of TLS: the other version would say the same.
_NOT_THERE = frozenset({Outcome.UNREACHABLE, Outcome.UNKNOWN_HOST, Outcome.FORBIDDEN, Outcome.NO_TLS})

Trusted = Mapping[str, Sequence[bytes]]
"""CA certificates (DER) of environments, by the environment's id."""


@dataclass(frozen=True, slots=True)
class PartnersLook:
    """Look at the servers of a channel: ``hosts`` has the environments whose certificates are pinned to each."""

    channel: str
    place: Environment
    hosts: Mapping[str, Sequence[str]]
    trusted: Trusted
    known: Mapping[str, Known]


@dataclass(frozen=True, slots=True)
class PartnersRound:
    """Plan a look for each channel that has none."""


@dataclass(frozen=True, slots=True)
class PartnersNews:
    """Tell a channel what is new of its partners' servers; ``places`` are its environments by their ids."""

    channel: str
    news: tuple[News, ...]
    places: Mapping[str, Environment]


class PartnerWatch:
    """Takes the looks and the rounds that are due."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send(self, facts: PartnersLook | PartnersRound, item: DueItem) -> Receipt | None:
        """Look, and plan the next look with what is known then, and the message in one transaction."""
        if isinstance(facts, PartnersRound):
            await plan_round(self._desk)
        else:
            await self._look(facts)
        self._desk.nudge.set()
        return None

    async def find(self, facts: Findable, item: DueItem) -> Receipt | None:
        """Return None: a look leaves no message."""
        return None

    async def _look(self, facts: PartnersLook) -> None:
        chains = await self._chains(list(facts.hosts))
        now = self._desk.clock()
        known, news = dict(facts.known), list[News]()
        for host, chain in chains.items():
            judged = await asyncio.to_thread(_judged, chain, host, facts, now)
            fresh, known[host] = compare(f"{host}:{HTTPS}", judged, known.get(host, Known()), now)
            news += fresh
        log.info("partners_looked_at", servers=len(facts.hosts), answered=len(chains), news=len(news))
        async with self._desk.store.transaction() as tx:
            await _plan(tx, facts.place, now, {host: one for host, one in known.items() if host in facts.hosts})
            if news:
                key = f"{PARTNERS_NEWS.name}:{facts.channel}:{now.date().isoformat()}"
                payload = {"news": [one.as_json() for one in news]}
                await PARTNERS_NEWS.schedule(tx, facts.channel, key=key, at=now, payload=payload)

    async def _chains(self, hosts: Sequence[str]) -> dict[str, tuple[bytes, ...]]:
        """Return the chains of the servers that showed one in time."""
        room, found = asyncio.Semaphore(_AT_A_TIME), dict[str, tuple[bytes, ...]]()

        async def ask(host: str) -> None:
            async with room:
                if chain := await self._chain(host):
                    found[host] = chain

        asking = [asyncio.create_task(ask(host)) for host in hosts]
        try:
            async with asyncio.timeout(_SECONDS):
                await asyncio.gather(*asking)
        except TimeoutError:
            log.warning("partners_not_all_looked_at", servers=len(hosts), answered=len(found))
        return found

    async def _chain(self, host: str) -> tuple[bytes, ...]:
        for tls in (Tls.V1_3, Tls.V1_2):
            shake = await self._desk.handshakes.shake(host, HTTPS, None, tls)
            if shake.chain or shake.outcome in _NOT_THERE:
                return shake.chain
        return ()


def _judged(chain: tuple[bytes, ...], host: str, facts: PartnersLook, now: datetime) -> dict[str, ServerTrust]:
    """Return what each environment makes of the chain."""
    judge = partial(server_trust, chain, host, public=pem_certificates(certifi.contents().encode()), now=now)
    return {id_: judge(environment=facts.trusted[id_]) for id_ in facts.hosts[host]}


async def plan_round(desk: Desk) -> None:
    """Plan a look for each channel that has none, and tomorrow's round; nothing where the operator wants none."""
    if not desk.policy.checks_partners:
        return
    now = desk.clock()
    async with desk.store.reading() as tx:
        first = {place.channel: place for place in reversed(await environments.all_(tx))}
        waiting = await queue.waiting(tx, PARTNERS_LOOK.name, lane=queue.CALL)
    async with desk.store.transaction() as tx:
        for channel, place in first.items():
            if channel not in waiting:
                await _plan(tx, place, now, {})
        at = now + _DAY
        await PARTNERS_ROUND.schedule(tx, "", key=f"{PARTNERS_ROUND.name}:{at.date().isoformat()}", at=at)


async def _plan(tx: Transaction, place: Environment, now: datetime, known: Mapping[str, Known]) -> None:
    """Plan the next look of the channel."""
    at = calendar.next_morning(now, place.timezone, place.schedule)
    key = f"{PARTNERS_LOOK.name}:{place.channel}:{at.date().isoformat()}"
    payload = {"known": {host: one.as_json() for host, one in known.items()}}
    await PARTNERS_LOOK.schedule(tx, place.channel, key=key, at=at, payload=payload)


async def _load_round(due: Loading) -> Loaded[PartnersRound]:
    return PartnersRound() if due.desk.policy.checks_partners else None


async def _load_look(due: Loading) -> Loaded[PartnersLook]:
    here = await environments.bound_to(due.tx, due.item.subject)
    if not here or not due.desk.policy.checks_partners:
        return None
    hosts: dict[str, list[str]] = {}
    for place in here:
        for host in await _hosts(due.tx, place):
            hosts.setdefault(host, []).append(place.id)
    trusted = {place.id: [one.der for one in await authorities.current(due.tx, place.id)] for place in here}
    known = {host: known_from(kept) for host, kept in due.payload["known"].items()}
    return PartnersLook(due.item.subject, here[0], hosts, trusted, known)


async def _hosts(tx: ReadTransaction, place: Environment) -> list[str]:
    """Return the hosts that the environment's certificates are pinned to, each once."""
    current = await clients.current(tx, place.id)
    return list(dict.fromkeys(pin for one in current for pin in one.pins if is_host(pin)))


async def _load_news(due: Loading) -> Loaded[PartnersNews]:
    """Return the news of the environments that are still here."""
    places = {one.id: one for one in await environments.bound_to(due.tx, due.item.subject)}
    news = [from_json(kept) for kept in due.payload["news"]]
    left = tuple(one for one in news if any(id_ in places for id_ in one.environments))
    if not left:
        return None
    facts, first = PartnersNews(due.item.subject, left, places), next(iter(places.values()))
    quiet = calendar.quiet_until(due.now, first.timezone, first.schedule)
    return Postponed(quiet, facts) if quiet else facts


PARTNERS_ROUND = Kind("partners-round", PartnersRound, _load_round, "a round of looks at partners", lane=queue.CALL)
PARTNERS_LOOK = Kind("partners-look", PartnersLook, _load_look, "a look at partners' servers", lane=queue.CALL)
PARTNERS_NEWS = Kind("partners-news", PartnersNews, _load_news, "the message about partners' servers")
