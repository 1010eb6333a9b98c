"""Sentences for errors about delivery tokens and about trying a certificate."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.base import errors
from bot.desk.base.parsing import MOST_NETWORKS, MOST_TOKEN_DAYS
from bot.slack.kit.errors import Sentence

DELIVERY_SENTENCES: Mapping[type[errors.DeskError], Sentence] = {
    errors.BadLimit: lambda error, voice: (
        f"{voice.quote(error.text)} is neither a number of days (1 to {MOST_TOKEN_DAYS}) nor a network such as "
        f"10.0.0.0/8. A token is limited to at most {MOST_NETWORKS} networks."
    ),
    errors.BadHost: lambda error, voice: (
        f"{voice.quote(error.text)} is no host: write it like partner.example or partner.example:8443."
    ),
    errors.NoHosts: lambda error, voice: (
        f"No pin of {voice.quote(error.label)} is a host, so I do not know whom to try it with. "
        f"Name the partner: {voice.command('/cert try LABEL partner.example')}."
    ),
}
