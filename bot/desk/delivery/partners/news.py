"""News of a partner's server since the last look at it, each told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.certificates import Standing
from bot.certificates.checks.server import Distrust, ServerTrust

# Days before the end of a server's certificate. Those that renew themselves do it with a third of the lifetime left:
# of a short one, only the thresholds within its last quarter count.
_WARNED = (14, 7, 3, 1)
_LAST_PART = 4
_DAY = timedelta(days=1)
_LONGEST_NAME = 200


class About(StrEnum):
    """What a piece of news is about."""

    EXPIRES = "expires"
    ISSUER = "issuer"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell of a server: ``where`` is ``host:port``, ``environments`` are ids.

    ``name`` and ``until`` are of the server's own certificate. ``issuer`` is the authority that its chain leads to, and
    ``before`` the one that it led to at the last look. ``why`` says why the environments do not trust it.
    """

    about: About
    where: str
    environments: tuple[str, ...]
    name: str
    until: datetime
    issuer: str
    before: str = ""
    why: Distrust | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the outbox keeps it."""
        return {**asdict(self), "until": self.until.isoformat()}


def from_json(kept: Mapping[str, Any]) -> News:
    """Return what :meth:`News.as_json` wrote."""
    return News(
        **{
            **kept,
            "about": About(kept["about"]),
            "environments": tuple(kept["environments"]),
            "until": datetime.fromisoformat(kept["until"]),
            "why": Distrust(kept["why"]) if kept["why"] else None,
        }
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a server: the authority that its chain led to, and marks of what was told and still holds."""

    issuer: str = ""
    told: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as the outbox keeps it."""
        return asdict(self)


def known_from(kept: Mapping[str, Any] | None) -> Known:
    """Return what :meth:`Known.as_json` wrote; nothing is known at first."""
    return Known(kept["issuer"], tuple(kept["told"])) if kept else Known()


def compare(
    where: str, judged: Mapping[str, ServerTrust], known: Known, now: datetime
) -> tuple[tuple[News, ...], Known]:
    """Return what is new of a server, and what is known from now on.

    ``judged`` has what each environment (by its id) makes of the chain. A server that showed no certificate has no
    news: it may be down, or reached by the app alone.
    """
    seen = next((one for one in judged.values() if one.certificate and one.last), None)
    if seen is None or seen.certificate is None or seen.last is None:
        return (), known
    one = News(
        About.ISSUER,
        where,
        tuple(judged),
        seen.certificate.name[:_LONGEST_NAME],
        seen.certificate.not_after,
        seen.last.issuer[:_LONGEST_NAME],
        known.issuer,
    )
    lifetime = seen.certificate.not_after - seen.certificate.not_before
    distrusted, expiring = _distrusted(one.issuer, judged), _expiring(one, lifetime, now)
    fresh = [one] if one.before not in {"", one.issuer} else []
    fresh += _untrusted(one, [each for mark, each in distrusted.items() if mark not in known.told])
    fresh += [news for mark, news in expiring.items() if mark not in known.told]
    return tuple(fresh), Known(one.issuer, (*distrusted, *expiring))


def _distrusted(issuer: str, judged: Mapping[str, ServerTrust]) -> dict[str, tuple[str, Distrust]]:
    """Return the environments that do not trust it, and why, by a mark that changes with any of that."""
    return {
        f"{About.UNTRUSTED}:{trust.why}:{issuer}:{id_}": (id_, trust.why)
        for id_, trust in judged.items()
        if trust.by is Standing.UNKNOWN and trust.why is not None
    }


def _untrusted(one: News, distrusted: Sequence[tuple[str, Distrust]]) -> list[News]:
    """Return a piece of news for each reason."""
    places = {why: tuple(id_ for id_, given in distrusted if given is why) for why in Distrust}
    return [
        replace(one, about=About.UNTRUSTED, environments=several, why=why) for why, several in places.items() if several
    ]


def _expiring(one: News, lifetime: timedelta, now: datetime) -> dict[str, News]:
    left = one.until - now
    reached = [days for days in thresholds(lifetime) if left <= days * _DAY]
    if not reached or left <= timedelta(0):
        return {}
    mark = f"{About.EXPIRES}:{one.until.isoformat()}:{min(reached)}"
    return {mark: replace(one, about=About.EXPIRES)}


def thresholds(lifetime: timedelta) -> Sequence[int]:
    """Return the days before its end at which a server's certificate is told of."""
    return [days for days in _WARNED if days * _DAY * _LAST_PART <= lifetime] or [min(_WARNED)]
