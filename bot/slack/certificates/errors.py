"""Sentences for errors about labels, versions and pins."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.base import errors
from bot.slack.kit.errors import Sentence, Voice, did_you_mean, fixed


def _unknown_label(error: errors.UnknownLabel, voice: Voice) -> str:
    hint = did_you_mean(error.nearest, voice) or f" {voice.command('/cert list')} shows what there is."
    return f"Nothing here is named {voice.quote(error.label)}.{hint}"


def _ambiguous(error: errors.AmbiguousLabel, voice: Voice) -> str:
    choices = ", ".join(voice.quote(one) for one in error.choices[:10])
    return f"Several have the name {voice.quote(error.label)}. Use the beginning of a fingerprint instead: {choices}."


def _no_version(error: errors.NoVersion, voice: Voice) -> str:
    if not error.choices:
        return f"{voice.quote(error.label)} has no other version to go back to."
    choices = ", ".join(voice.quote(str(one)) for one in error.choices[:20])
    return f"{voice.quote(error.label)} has no such version. It can go back to: {choices}."


def _changed_meanwhile(error: errors.ChangedMeanwhile, voice: Voice) -> str:
    show = voice.command("/cert show LABEL")
    return (
        f"{voice.quote(error.label)} was changed meanwhile: version {voice.quote(str(error.current))} is current now, "
        f"and nothing else was changed. {show} shows it."
    )


def _nothing_removed(error: errors.NothingRemoved, voice: Voice) -> str:
    hint = did_you_mean(error.nearest, voice)
    return f"Nothing named {voice.quote(error.label)} was removed here that could be restored.{hint}"


def _bad_pin(error: errors.BadPin, voice: Voice) -> str:
    hint = (
        f" Write {voice.quote(error.suggestion)}."
        if error.suggestion
        else " Use a host name such as partner.example, a service such as Module.Service, or an identifier in "
        'quotation marks ("Bank prod").'
    )
    return f"{voice.quote(error.pin)} is not a pin.{hint}"


def _unclear_pin(error: errors.UnclearPin, voice: Voice) -> str:
    text = voice.quote(error.text)
    quoted = voice.quote(f'"{error.text}"')
    hosts = voice.quote(", ".join(error.text.lower().split()))
    several = "hosts" if " " in error.text else "a host"
    return f"Is {text} one identifier, or {several}? Write {quoted} for the identifier, {hosts} for {several}."


CERTIFICATE_SENTENCES: Mapping[type[errors.DeskError], Sentence] = {
    errors.UnknownLabel: _unknown_label,
    errors.AmbiguousLabel: _ambiguous,
    errors.NoVersion: _no_version,
    errors.NothingRemoved: _nothing_removed,
    errors.AlreadyRemoved: fixed("It was removed before, so nothing was changed now."),
    errors.ChangedMeanwhile: _changed_meanwhile,
    errors.KeyPurged: fixed("The private key of that version was destroyed by a purge. Add the certificate anew."),
    errors.LabelInUse: lambda error, voice: (
        f"Another certificate has the label {voice.quote(error.label)} now. Remove that one first, then restore this."
    ),
    errors.BadPin: _bad_pin,
    errors.UnclearPin: _unclear_pin,
    errors.PinInUse: lambda error, voice: (
        f"{voice.quote(error.label)} has the pin {voice.quote(error.pin)}, and a pin belongs to one certificate."
        f" {voice.command('/cert pin LABEL PINS')} changes which certificate has it."
    ),
}
CERTIFICATE_FIELDS: Mapping[type[errors.DeskError], str] = {
    errors.BadPin: "pins",
    errors.UnclearPin: "pins",
}
