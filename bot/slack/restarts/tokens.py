"""Tokens of pipelines: making one, listing them, revoking one."""

from __future__ import annotations

from bot.desk.restarts import tokens
from bot.slack.bolt.call import Call
from bot.slack.bolt.command import Command
from bot.slack.kit import blocks
from bot.slack.restarts import token_words


async def make(call: Call, command: Command) -> None:
    """`/cert env token`: the answer alone holds the token, and who asked alone sees it."""
    made = await tokens.make(call.desk, await call.member(), call.channel, command.path or None)
    place = made.environment
    await call.respond(
        blocks.say(
            token_words.made(place),
            blocks.section(f"```{made.secret.get_secret_value()}```"),
            blocks.section(token_words.call(place, call.room.public_url)),
            blocks.context(token_words.lost(place, made.token)),
        )
    )


async def listing(call: Call, command: Command) -> None:
    """`/cert env tokens`."""
    found = await tokens.listing(call.desk, call.channel, command.path or None)
    tip = [blocks.context(token_words.LISTED_TIP)] if found.tokens else []
    await call.respond(blocks.say(token_words.listed(found.environment, found.tokens), *tip))


async def revoke(call: Call, command: Command) -> None:
    """`/cert env revoke`."""
    done = await tokens.revoke(call.desk, await call.member(), call.channel, command.label, command.path or None)
    await call.respond(blocks.say(token_words.revoked(done.environment, done.hint, len(done.left))))
