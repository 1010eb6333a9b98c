"""Sentences for errors about reminders, restarts, tokens and connections."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.base import errors
from bot.slack.kit import times
from bot.slack.kit.errors import MARKED, Sentence, Voice, fixed


def _too_many_tokens(error: errors.TooManyTokens, voice: Voice) -> str:
    tokens = voice.command(f"/cert env tokens {error.path}")
    return f"{voice.quote(error.path)} has {error.count} tokens already. Revoke one first: {tokens} lists them."


def _unknown_token(error: errors.UnknownToken, voice: Voice) -> str:
    if not error.choices:
        return f"{voice.quote(error.path)} has no tokens, so there is none to revoke."
    choices = ", ".join(voice.quote(one) for one in error.choices[:10])
    return f"No token of {voice.quote(error.path)} ends with {voice.quote(error.hint)}. There are: {choices}."


def _restart_runs(error: errors.RestartRuns, voice: Voice) -> str:
    begun = f": {voice.member(error.by)} began it, {times.minute(error.since)}" if voice is MARKED else ""
    return (
        f"{voice.quote(error.path)} is being restarted already{begun}. "
        "Its message in the channel shows how far it has come. Wait until it is done."
    )


def _not_connected(error: errors.NotConnected, voice: Voice) -> str:
    connect = voice.command(f"/cert env connect {error.path}")
    return (
        f"I cannot restart {voice.quote(error.path)}: it is not connected to a platform that can. "
        f"Restart it by hand, or connect it with {connect}."
    )


RESTART_SENTENCES: Mapping[type[errors.DeskError], Sentence] = {
    errors.RestartGone: fixed("This restart is no longer pending. /cert restart shows what is pending."),
    errors.NewerPending: lambda error, voice: (
        f"{voice.quote(error.path)} was changed since, and its own reminder asks for a restart. That loads everything, "
        "so there is nothing to undo."
    ),
    errors.BadMoment: fixed("Choose a time that is still to come, at most a month ahead."),
    errors.BadLoadedAt: fixed("Give the time of the restart: not in the future, and at most 31 days ago."),
    errors.RestartRuns: _restart_runs,
    errors.TooManyTokens: _too_many_tokens,
    errors.UnknownToken: _unknown_token,
    errors.BadToken: fixed("This token is not known here. /cert env token makes a new one."),
    errors.NotConnected: _not_connected,
    errors.ConnectedElsewhere: lambda error, voice: (
        f"{voice.quote(error.path)} is now connected to another app, so I did not start anything. "
        f"Start {voice.quote(error.target)} by hand, where it runs."
    ),
    errors.BadConnection: lambda error, _voice: error.sentence,
    errors.ConnectionBroken: lambda error, voice: (
        f"The stored credentials of {voice.quote(error.path)} can no longer be decrypted, so nothing was restarted. "
        f"Enter them again with {voice.command(f'/cert env connect {error.path}')}."
    ),
}
RESTART_FIELDS: Mapping[type[errors.DeskError], str] = {
    errors.BadMoment: "at",
}
