"""Sentences for errors about tokens, pages, and trying a certificate."""

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
    errors.UnknownIssuer: lambda error, voice: (
        f"I trust no issuer {voice.quote(error.issuer)}. "
        + (
            f"Those that I do: {', '.join(voice.quote(one) for one in error.choices[:5])}."
            if error.choices
            else "The person who runs Certdesk names them in CERTDESK_OIDC_ISSUERS."
        )
    ),
    errors.KnownIdentity: lambda error, voice: (
        f"The environment has this identity already: {voice.quote(error.subject)}. "
        f"{voice.command('/cert env tokens')} lists all."
    ),
    errors.BadSubject: lambda error, voice: (
        f"{voice.quote(error.text)} is no subject: write it as the issuer's tokens have it, such as "
        "system:serviceaccount:orders:app."
    ),
    errors.NoPages: lambda error, voice: (
        "There are no private pages here: the person who runs Certdesk sets CERTDESK_PUBLIC_URL to its https address."
    ),
    errors.HandOutGone: lambda error, voice: (
        f"There is nothing to hand out any more: it was handed out, took too long, or the certificate is gone. "
        f"Ask anew with {voice.command('/cert hand-out LABEL')}."
    ),
    errors.KeyBroken: lambda error, voice: (
        f"The private key of {voice.quote(error.label)} cannot be decrypted. Tell the person who runs Certdesk: "
        f"{voice.command('certdesk keys check')} says why."
    ),
    errors.NoHosts: lambda error, voice: (
        f"No pin of {voice.quote(error.label)} is a host, so I do not know whom to try it with. "
        f"Name the partner: {voice.command('/cert try LABEL partner.example')}."
    ),
}
