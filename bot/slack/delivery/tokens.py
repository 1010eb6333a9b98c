"""Tokens with which an app gets its certificates: `/cert env delivery-token`."""

from __future__ import annotations

from ipaddress import ip_network

from bot.desk.base import parsing
from bot.desk.restarts import tokens
from bot.desk.restarts.tokens import MadeToken
from bot.slack.bolt.arguments import Arguments
from bot.slack.bolt.call import Call
from bot.slack.bolt.command import Command, Group
from bot.slack.kit import blocks, errors, times
from bot.slack.kit.escape import code
from bot.slack.kit.text import listed
from bot.slack.restarts.tokens import PLACEHOLDER, VARIABLE
from store.restarts.tokens import Scope


async def make(call: Call, arguments: Arguments) -> None:
    """`/cert env delivery-token`: only the answer holds the token, and only the person who asked sees it."""
    days, networks = parsing.token_limits(arguments.rest)
    made = await tokens.make(
        call.desk,
        await call.member(),
        call.channel,
        arguments.path or None,
        scope=Scope.DELIVER,
        days=days or tokens.VALID_FOR_DAYS,
        networks=networks,
    )
    path = made.environment.path
    await call.respond(
        blocks.say(
            _made(made),
            blocks.section(f"```{made.secret.get_secret_value()}```"),
            blocks.section(_use(path, call.context.public_url)),
            blocks.context(
                f"Two can be valid at a time: make the next one before this one expires. Lost or seen by others? "
                f"{code(f'/cert env revoke {made.hint} {path}')}, and make another."
            ),
            *([blocks.section(f"*It does not work yet.* {errors.sentence(made.waits)}")] if made.waits else []),
        )
    )


def _made(made: MadeToken) -> str:
    until = times.day(made.token.expires_at) if made.token.expires_at else "for ever"
    only = f" from {listed([code(one) for one in made.token.networks])}" if made.token.networks else ""
    return (
        f"*A delivery token for {made.environment.path}*, valid until {until}. With it the app gets its certificates "
        f"*and their private keys*{only}. It is shown only once, and only to you: save it where the app runs, as the "
        f"secret {code(VARIABLE)}."
    )


def _use(path: str, public_url: str) -> str:
    hint = "" if public_url else f"\nPut the address at which the app reaches Certdesk in place of {PLACEHOLDER}."
    return (
        "Start the app with it:\n"
        f"```export CERTDESK_URL={public_url or PLACEHOLDER}\ncertdesk exec --environment {path} -- COMMAND```{hint}"
    )


def _limits(words: list[str]) -> Arguments | None:
    """Read an environment, days and networks, in any order: a network has a slash as well."""
    paths = [word for word in words if "/" in word and not _is_network(word)]
    if len(paths) > 1:
        return None
    return Arguments(path="".join(paths), rest=tuple(word for word in words if word not in paths))


def _is_network(word: str) -> bool:
    try:
        ip_network(word.strip(","), strict=False)
    except ValueError:
        return word[:1].isdigit() and ("." in word or ":" in word)  # one that is mistyped
    return True


DELIVERY_COMMANDS = (
    Command(
        "env delivery-token",
        "make a token with which an app gets its certificates",
        Group.RESTARTS,
        make,
        usage="[app/environment] [DAYS] [NETWORK …]",
        read=_limits,
    ),
)
