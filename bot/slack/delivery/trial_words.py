"""What a partner's server says to a certificate, in words: formatted for Slack, or plain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.certificates import Standing
from bot.certificates.checks.server import Distrust, ServerTrust
from bot.desk.base.handshakes import Handshake, Outcome, Tls
from bot.desk.delivery.partners.trying import Tried
from bot.slack.kit import times
from bot.slack.kit.escape import NOTHING, code, visible

# Alerts by which servers reject a client certificate (RFC 8446, 6.2; RFC 5246, 7.2.2), and what they mean.
_ALERTS: Mapping[str, str] = {
    "unknown ca": "the server does not know the authority that issued it, or the chain to that authority is incomplete",
    "bad certificate": "the server finds something wrong with it, often a wrong key usage or a damaged chain",
    "unsupported certificate": "the server does not take this kind of certificate or key",
    "certificate revoked": "it was revoked by its issuer",
    "certificate expired": "the server finds it expired; see both its dates and the clocks",
    "certificate unknown": "the server does not accept it, and does not say why: often it is not registered there",
    "access denied": "it is valid, and not allowed there: ask the partner to register it",
    "certificate required": "the server wants a client certificate and took none of this one",
    "handshake failure": "the server finds no way to agree, often because it does not accept this certificate's key",
    "decrypt error": "the server could not check the signature made with its key",
}
_FAILED: Mapping[Outcome, str] = {
    Outcome.SILENT: "the server takes the connection and says nothing",
    Outcome.NO_TLS: "something answers there, but not in TLS: see the port",
    Outcome.UNREACHABLE: "no connection: see host, port and firewalls between Certdesk and the partner",
    Outcome.UNKNOWN_HOST: "this host name is not known",
    Outcome.FORBIDDEN: "I do not connect to my own machine, nor to addresses where clouds keep credentials",
}
# Nothing was learned of TLS: the other version would say the same.
_NOT_THERE = frozenset({Outcome.UNREACHABLE, Outcome.UNKNOWN_HOST, Outcome.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Words:
    """A way to put facts into a sentence."""

    strong: Callable[[str], str]
    quote: Callable[[str], str]
    day: Callable[[datetime], str]


MARKED = Words(lambda text: f"*{text}*", lambda text: code(text, 100), times.day)
PLAIN = Words(str, lambda text: visible(text, 100) or NOTHING, lambda moment: f"{moment:%d %B %Y}")


def said(one: Tried, words: Words) -> str:
    """Return what came of the handshakes with one host, in lines."""
    where = words.strong(words.quote(f"{one.host}:{one.port}"))
    if {shake.outcome for shake in one.handshakes} <= _NOT_THERE:
        return f"{where}\n{_capital(_FAILED[one.handshakes[0].outcome])}."
    lines = [f"•  {versions}: {outcome}." for outcome, versions in _versions(one, words).items()]
    lines.append(f"•  {_server(one.trust, words)}")
    if any(shake.asks for shake in one.handshakes):
        lines.append(f"•  {_issuers(one, words)}")
    return "\n".join([where, *lines])


def _versions(one: Tried, words: Words) -> dict[str, str]:
    """Return what came of the handshakes, each once, with the versions that it holds for."""
    found: dict[str, str] = {}
    for shake in one.handshakes:
        outcome = _outcome(shake, words)
        found[outcome] = f"{found[outcome]} and {shake.tls.value}" if outcome in found else shake.tls.value
    return found


def _outcome(shake: Handshake, words: Words) -> str:
    if shake.outcome is Outcome.ACCEPTED:
        late = "" if shake.tls is Tls.V1_2 else ", as far as the handshake shows"
        return f"{words.strong('accepted')}{late}"
    if shake.outcome is Outcome.NOT_ASKED:
        return "the server asks for no client certificate, so this one was not needed"
    if shake.outcome is Outcome.REJECTED:
        alert = shake.alert or "an alert"
        meaning = _ALERTS.get(alert)
        return f"{words.strong('rejected')} with {words.quote(alert)}" + (f": {meaning}" if meaning else "")
    if shake.outcome is Outcome.FAILED:
        return f"no handshake ({words.quote(shake.alert or 'closed')}): the server may not speak this version"
    return _FAILED[shake.outcome]


def _server(trust: ServerTrust, words: Words) -> str:
    if trust.why is Distrust.NO_CERTIFICATE or trust.certificate is None or trust.last is None:
        return "The server showed no certificate."
    name, until = words.quote(trust.certificate.name), words.day(trust.certificate.not_after)
    if trust.by is Standing.ENVIRONMENT:
        return f"The server's certificate {name} (until {until}) is trusted by this environment's CA certificates."
    if trust.by is Standing.PUBLIC:
        return f"The server's certificate {name} (until {until}) is trusted by the public roots."
    return distrusted(trust.why, trust.certificate.name, trust.certificate.not_after, trust.last.issuer, words)


def distrusted(why: Distrust | None, name: str, until: datetime, issuer: str, words: Words) -> str:
    """Return why a server's certificate ``name`` is not trusted; ``issuer`` is where its chain leads to."""
    name = words.quote(name)
    if why is Distrust.EXPIRED:
        end = words.day(until)
        return f"The server's chain has expired: its certificate {name} is valid until {end}. Tell the partner."
    if why is Distrust.OTHER_NAME:
        return f"The server's certificate {name} is for another host name than this one. See the host."
    return (
        f"The server's certificate {name} is {words.strong('not trusted')}: neither this environment nor the public "
        f"roots know {words.quote(issuer)}. Ask the partner for that CA certificate, and add it in Slack with "
        f"{words.quote('/cert add')}."
    )


def _issuers(one: Tried, words: Words) -> str:
    if one.takes_ours is None:
        return "The server asks for a client certificate and names no authorities: it decides by itself."
    if one.takes_ours:
        return "The server names the authorities that it takes, and the issuer of this certificate is one of them."
    return (
        f"The server names the authorities that it takes, and "
        f"{words.strong('none of them issued this certificate')}. Ask the partner "
        "which authority it expects."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
