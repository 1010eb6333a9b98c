"""Workload identities: `/cert env identity` lets an app get its certificates without a token that anybody keeps."""

from __future__ import annotations

import re

from bot.desk.restarts import identities
from bot.slack.bolt.arguments import Arguments
from bot.slack.bolt.call import Call
from bot.slack.bolt.command import Command, Group
from bot.slack.kit import blocks
from bot.slack.kit.escape import code
from bot.slack.restarts.tokens import PLACEHOLDER

_PATH = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9-]+", re.ASCII)


async def add(call: Call, arguments: Arguments) -> None:
    """`/cert env identity`."""
    issuer, subject = arguments.rest
    added = await identities.add(
        call.desk, await call.member(), call.channel, arguments.path or None, issuer=issuer, subject=subject
    )
    path = added.environment.path
    title = (
        f"*{path}* gives its certificates *and their private keys* to {code(subject, 255)} of {code(issuer, 200)} now: "
        f"to whoever shows a token that this issuer signed for the audience {code('certdesk')}. There is no secret to "
        "keep."
    )
    use = (
        "Let the platform write that token into a file, and start the app with it:\n"
        f"```export CERTDESK_URL={call.context.public_url or PLACEHOLDER}\n"
        "export CERTDESK_TOKEN_FILE=/var/run/secrets/certdesk/token\n"
        f"certdesk exec --environment {path} -- COMMAND```"
    )
    end = f"{code(f'/cert env revoke {added.hint} {path}')} ends it at once."
    await call.respond(blocks.say(title, blocks.section(use), blocks.context(end)))


def _read(words: list[str]) -> Arguments | None:
    """Read an environment where one comes first, an issuer's address and a subject."""
    has_path = len(words) == 3 and _PATH.fullmatch(words[0]) is not None
    path, rest = (words[0], words[1:]) if has_path else ("", words)
    return Arguments(path=path, rest=tuple(rest)) if len(rest) == 2 and "://" in rest[0] else None


IDENTITY_COMMANDS = (
    Command(
        "env identity",
        "let an app get its certificates as a workload of a cluster or a CI system",
        Group.RESTARTS,
        add,
        usage="[app/environment] ISSUER SUBJECT",
        read=_read,
    ),
)
