"""Tokens with which pipelines confirm restarts: making, listing and revoking them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.restarts import tokens
from bot.slack.bolt.arguments import Arguments, label, maybe_environment
from bot.slack.bolt.call import Call
from bot.slack.bolt.command import Command, Group
from bot.slack.kit import blocks, errors, times
from bot.slack.kit.escape import code
from bot.slack.kit.people import named
from bot.slack.kit.text import count
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
    await call.respond(blocks.say(_listed(found.environment, found.tokens), *tip))


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


def _listed(environment: Environment, tokens: Sequence[HookToken]) -> str:
    """Return the answer to `/cert env tokens`."""
    if not tokens:
        return f"*{environment.path}* has no tokens. {code(f'/cert env token {environment.path}')} makes one."
    lines = [f"•  {_line(one, environment)}" for one in tokens]
    return "\n".join([f"*Tokens of {environment.path}*, with which pipelines confirm restarts", *lines])


def _line(token: HookToken, environment: Environment) -> str:
    made = f"made by {named(token.created_by)}, {times.minute(token.created_at, environment.timezone)}"
    used = f"last used {times.minute(token.used_at, environment.timezone)}" if token.used_at else "never used"
    return f"{code('…' + token.hint)} {made}; {used}"


def _revoked(environment: Environment, hint: str, left: int) -> str:
    """Return the answer to `/cert env revoke`."""
    rest = f"{count(left, 'token')} {'is' if left == 1 else 'are'} left." if left else "No tokens are left."
    return f"The token {code('…' + hint)} of *{environment.path}* is revoked and no longer works. {rest}"


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
        "the tokens that pipelines have",
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
