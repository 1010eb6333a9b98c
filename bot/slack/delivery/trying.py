"""`/cert try`, and *Try…* on a card: what a partner's server says to a certificate, in words."""

from __future__ import annotations

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from bot.certificates import Standing
from bot.certificates.checks.server import Distrust, ServerTrust
from bot.desk.base.handshakes import Handshake, Outcome, Tls
from bot.desk.delivery import trying
from bot.desk.delivery.trying import Trial, Tried
from bot.slack.bolt.arguments import Arguments, label_and_more
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.certificates.card_menu import arguments, chosen
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code

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


async def try_out(call: Call, typed: Arguments) -> None:
    """`/cert try`: only the answer says what came of it."""
    trial = await trying.try_out(
        call.desk,
        await call.member(),
        call.channel,
        typed.label,
        host=next(iter(typed.rest), ""),
        path=typed.path or None,
    )
    await call.respond(_trial(trial))


async def try_card(call: Call) -> None:
    """Try the certificate of the card with its own hosts (*Try…*), as `/cert try` does."""
    await try_out(call, await arguments(call))


def register_trying(app: AsyncApp, context: Context) -> None:
    """Listen for *Try…* in the menu of a card."""
    app.action("card_menu", matchers=[chosen("try")])(acknowledged(context, try_card))


def _trial(trial: Trial) -> Message:
    version = trial.version
    title = (
        f"I tried {code(version.label)} version {version.number} of *{trial.environment.path}*: a TLS handshake with "
        "its key, and nothing else was sent."
    )
    return blocks.say(title, *(blocks.section(_with(one)) for one in trial.tried))


def _with(one: Tried) -> str:
    where = f"*{code(f'{one.host}:{one.port}', 80)}*"
    if {shake.outcome for shake in one.handshakes} <= _NOT_THERE:
        return f"{where}\n{_capital(_FAILED[one.handshakes[0].outcome])}."
    lines = [f"•  {versions}: {said}." for said, versions in _versions(one).items()]
    lines.append(f"•  {_server(one.trust)}")
    if any(shake.asks for shake in one.handshakes):
        lines.append(f"•  {_issuers(one)}")
    return "\n".join([where, *lines])


def _versions(one: Tried) -> dict[str, str]:
    """Return what came of the handshakes, each once, with the versions that it holds for."""
    said: dict[str, str] = {}
    for shake in one.handshakes:
        outcome = _outcome(shake)
        said[outcome] = f"{said[outcome]} and {shake.tls.value}" if outcome in said else shake.tls.value
    return said


def _outcome(shake: Handshake) -> str:
    if shake.outcome is Outcome.ACCEPTED:
        late = "" if shake.tls is Tls.V1_2 else ", as far as the handshake shows"
        return f"*accepted*{late}"
    if shake.outcome is Outcome.NOT_ASKED:
        return "the server asks for no client certificate, so this one was not needed"
    if shake.outcome is Outcome.REJECTED:
        alert = shake.alert or "an alert"
        meaning = _ALERTS.get(alert)
        return f"*rejected* with {code(alert, 60)}" + (f": {meaning}" if meaning else "")
    if shake.outcome is Outcome.FAILED:
        return f"no handshake ({code(shake.alert or 'closed', 80)}): the server may not speak this version"
    return _FAILED[shake.outcome]


def _server(trust: ServerTrust) -> str:
    if trust.why is Distrust.NO_CERTIFICATE or trust.certificate is None or trust.last is None:
        return "The server showed no certificate."
    name, until = code(trust.certificate.name, 80), times.day(trust.certificate.not_after)
    if trust.by is Standing.ENVIRONMENT:
        return f"The server's certificate {name} (until {until}) is trusted by this environment's CA certificates."
    if trust.by is Standing.PUBLIC:
        return f"The server's certificate {name} (until {until}) is trusted by the public roots."
    if trust.why is Distrust.EXPIRED:
        return f"The server's chain has expired: its certificate {name} is valid until {until}. Tell the partner."
    if trust.why is Distrust.OTHER_NAME:
        return f"The server's certificate {name} is for another host name than this one. See the host."
    issuer = code(trust.last.issuer, 100)
    return (
        f"The server's certificate {name} is *not trusted*: neither this environment nor the public roots know "
        f"{issuer}. Ask the partner for that CA certificate, and add it with `/cert add`."
    )


def _issuers(one: Tried) -> str:
    if one.takes_ours is None:
        return "The server asks for a client certificate and names no authorities: it decides by itself."
    if one.takes_ours:
        return "The server names the authorities that it takes, and the issuer of this certificate is one of them."
    return (
        "The server names the authorities that it takes, and *none of them issued this certificate*. Ask the partner "
        "which authority it expects."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


TRY_COMMANDS = (
    Command(
        "try",
        "try a certificate with the partner's server: a TLS handshake, nothing else",
        Group.CERTIFICATES,
        try_out,
        usage="LABEL [HOST[:PORT]] [app/environment]",
        read=label_and_more,
    ),
)
