"""Tokens of programs: making one with which a pipeline confirms restarts, and listing and revoking all of them."""

from __future__ import annotations

from datetime import datetime

from bot.desk.restarts import tokens
from bot.desk.restarts.token_watch import TokenEnds, TokenQuiet
from bot.slack.bolt.arguments import Arguments, label, maybe_environment
from bot.slack.bolt.call import Call
from bot.slack.bolt.command import Command, Group
from bot.slack.kit import blocks, errors, times
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code
from bot.slack.kit.people import named, owners
from bot.slack.kit.text import count, listed
from store import Environment, HookToken

PLACEHOLDER = "https://certdesk.example"
VARIABLE = "CERTDESK_TOKEN"
LISTED_TIP = "`/cert env revoke HINT` revokes one, at once; HINT is its last characters as they stand here."


async def make(call: Call, arguments: Arguments) -> None:
    """`/cert env token`: only the answer holds the token, and only the person who asked sees it."""
    made = await tokens.make(call.desk, await call.member(), call.channel, arguments.path or None)
    environment = made.environment
    await call.respond(
        blocks.say(
            _made(environment),
            blocks.section(f"```{made.secret.get_secret_value()}```"),
            blocks.section(_call(environment, call.context.public_url)),
            blocks.context(_lost(environment, made.hint)),
            *([blocks.section(f"*It does not work yet.* {errors.sentence(made.waits)}")] if made.waits else []),
        )
    )


async def listing(call: Call, arguments: Arguments) -> None:
    """`/cert env tokens`."""
    found = await tokens.listing(call.desk, call.channel, arguments.path or None)
    tip = [blocks.context(LISTED_TIP)] if found.tokens else []
    await call.respond(blocks.say(_listed(found), *tip))


async def revoke(call: Call, arguments: Arguments) -> None:
    """`/cert env revoke`."""
    done = await tokens.revoke(call.desk, await call.member(), call.channel, arguments.label, arguments.path or None)
    await call.respond(blocks.say(_revoked(done.environment, done.hint, len(done.left))))


def _made(environment: Environment) -> str:
    """Return the text above a new token."""
    return (
        f"*A token for {environment.path}.* It is shown only once, and only to you. Save it in your pipeline's "
        f"secrets as {code(VARIABLE)} now. It can confirm restarts of this environment and nothing else."
    )


def _call(environment: Environment, public_url: str) -> str:
    """Return what the pipeline runs, with a placeholder if no public address is set."""
    address = f"{public_url or PLACEHOLDER}/v1/environments/{environment.path}/restarted"
    hint = "" if public_url else f"\nPut the address at which your pipeline reaches Certdesk in place of {PLACEHOLDER}."
    return (
        "After each restart of the app let the pipeline run:\n"
        f'```curl -fsS -X POST -H "Authorization: Bearer ${VARIABLE}" {address}```{hint}'
    )


def _lost(environment: Environment, hint: str) -> str:
    """Return the text below a new token."""
    return f"Lost or seen by others? {code(f'/cert env revoke {hint} {environment.path}')}, and make another."


def _listed(found: tokens.TokensOf) -> str:
    """Return the answer to `/cert env tokens`."""
    environment = found.environment
    if not found.tokens:
        return (
            f"*{environment.path}* has no tokens. {code(f'/cert env token {environment.path}')} makes one with which a "
            f"pipeline confirms restarts, {code(f'/cert env delivery-token {environment.path}')} one with which the "
            "app gets its certificates."
        )
    lines = [f"•  {_line(one, environment, found.at)}" for one in found.tokens]
    return "\n".join([f"*Tokens of {environment.path}*", *lines])


def _line(token: HookToken, environment: Environment, now: datetime) -> str:
    zone = environment.timezone
    made = f"made by {named(token.created_by)}, {times.minute(token.created_at, zone)}"
    used = f"last used {times.minute(token.used_at, zone)}" if token.used_at else "never used"
    address = f" from {code(token.used_from, 60)}" if token.used_from else ""
    return "; ".join([f"{code('…' + token.hint)} {_purpose(token, environment, now)}", made, f"{used}{address}"])


def _purpose(token: HookToken, environment: Environment, now: datetime) -> str:
    if token.issuer and token.subject:
        return f"gets the certificates: {code(token.subject, 255)} of {code(token.issuer, 200)}"
    if token.expires_at is None:
        return "confirms restarts"
    when = times.day(token.expires_at)
    until = f"*expired on {when}*" if token.is_over(now) else f"until {when}"
    only = f", only from {listed([code(one) for one in token.networks])}" if token.networks else ""
    return f"gets the certificates {until}{only}"


def _revoked(environment: Environment, hint: str, left: int) -> str:
    """Return the answer to `/cert env revoke`."""
    rest = f"{count(left, 'token')} {'is' if left == 1 else 'are'} left." if left else "No tokens are left."
    return f"The token {code('…' + hint)} of *{environment.path}* is revoked and no longer works. {rest}"


def ends(facts: TokenEnds) -> Message:
    """Return the warning that an app's token expires."""
    token, path = facts.token, facts.environment.path
    when = times.day(token.expires_at) if token.expires_at else ""
    what = f"*The delivery token {code('…' + token.hint)} of {path} expires on {when}*"
    used = f"It was last used {times.minute(token.used_at, facts.environment.timezone)}. " if token.used_at else ""
    if facts.has_next:
        return blocks.say(f"{what}. {used}Another one is valid longer: see that the app uses that one by then.")
    make = code(f"/cert env delivery-token {path}")
    called = owners(facts.environment)
    text = (
        f"{what}. {used}After that the app gets no certificates any more. An owner makes the next one with {make}; "
        "both work until then."
    )
    return blocks.say(f"{called} {text}" if called else text)


def quiet(facts: TokenQuiet) -> Message:
    """Return the message that an app does not fetch its certificates any more."""
    token, place = facts.token, facts.environment
    when = times.minute(token.used_at, place.timezone) if token.used_at else "long ago"
    return blocks.say(
        f"*The app of {place.path} has stopped getting its certificates*: the token {code('…' + token.hint)} was used "
        f"on {count(facts.days, 'day')} in a row, and last {when}. See whether the app still runs and reaches "
        "Certdesk; a change would not get there."
    )


TOKEN_COMMANDS = (
    Command(
        "env token",
        "make a token with which a pipeline confirms restarts",
        Group.RESTARTS,
        make,
        usage="[app/environment]",
        read=maybe_environment,
    ),
    Command(
        "env tokens",
        "the tokens that pipelines and apps have",
        Group.RESTARTS,
        listing,
        usage="[app/environment]",
        read=maybe_environment,
    ),
    Command(
        "env revoke",
        "revoke a token by its last characters",
        Group.RESTARTS,
        revoke,
        usage="HINT [app/environment]",
        read=label,
    ),
)
