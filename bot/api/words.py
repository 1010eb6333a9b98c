"""Every sentence that a program gets, for the person who reads its log."""

from __future__ import annotations

from collections.abc import Mapping

from bot.certificates.delivery.bundle import Form
from bot.desk.base.errors import BadLoadedAt, TokenFlaw
from bot.desk.delivery.refusals import NotDelivered, Refusal
from bot.desk.restarts.tokens import EARLIEST, SKEW

TOKEN: Mapping[TokenFlaw, str] = {
    TokenFlaw.UNKNOWN: (
        "This token is not known for this environment: send the header 'Authorization: Bearer cdh_…' (or 'cdd_…') and "
        "see that token and address belong together. '/cert env token' in the environment's channel makes a new one."
    ),
    TokenFlaw.EXPIRED: (
        "This token has expired. '/cert env delivery-token' in the environment's channel makes a new one."
    ),
    TokenFlaw.SCOPE: (
        "This token is for something else. Tokens of '/cert env token' (cdh_…) confirm restarts, tokens of "
        "'/cert env delivery-token' (cdd_…) get certificates and report what was loaded."
    ),
    TokenFlaw.ISSUER: (
        "The keys of this token's issuer cannot be fetched right now, so nobody knows whether it is one. Try again in "
        "a minute; Certdesk's log says which issuer."
    ),
    TokenFlaw.NETWORK: (
        "This token is limited to other networks than the one that this request came from. Behind a proxy, Certdesk's "
        "operator names the proxy in CERTDESK_TRUSTED_PROXIES."
    ),
}
NOT_JSON = 'The body cannot be read: leave it empty, or send a JSON object such as {"at": "2026-11-25T17:55:00Z"}.'
UNKNOWN_FIELD = "The body may hold 'at' and nothing else: leave out the rest, so that nothing is misunderstood."
TOO_LARGE = "The body is too large: leave it empty, or send a JSON object with 'at'."
TOO_SLOW = "The body did not arrive in time: send it again."
UNREADABLE: Mapping[str, tuple[int, str]] = {
    "too_large": (413, TOO_LARGE),
    "too_slow": (408, TOO_SLOW),
    "bad_body": (400, NOT_JSON),
    "unknown_field": (400, UNKNOWN_FIELD),
}
_REPORT = '{"instance": "app-1", "revision": 7, "fingerprints": ["…"]}'
UNREADABLE_REPORT: Mapping[str, tuple[int, str]] = {
    "too_large": (413, "The body is too large: it holds an instance's name, a revision and up to 2,000 fingerprints."),
    "too_slow": (408, TOO_SLOW),
    "bad_body": (400, f"The body cannot be read: send a JSON object such as {_REPORT}."),
    "unknown_field": (400, "The body holds 'instance', 'revision', 'fingerprints' and 'stopped', and nothing else."),
}
NOT_FOUND = "There is nothing at this address: /v1/openapi.json describes those that there are."
METHOD = "Use {} here."
AWAY = "Certdesk's database does not answer right now, so nothing was done. Try again in some seconds."
PARAMETERS: Mapping[str, str] = {
    "unknown_form": f"There is no such form: use one of {', '.join(Form)}.",
    "unknown_parameter": "The query may hold 'form', 'revision', 'wait' and 'directory', each once, and nothing else.",
    "bad_revision": "'revision' is the number of the revision that you have: a whole number.",
    "bad_wait": "'wait' is for how many seconds to wait for another revision: a whole number up to 60.",
}
_REFUSALS: Mapping[Refusal, tuple[int, str]] = {
    Refusal.UNKNOWN_REVISION: (
        409,
        "This environment has never had revision {revision}: it is at {current}. Fetch the bundle without a revision.",
    ),
    Refusal.CANNOT_PACK: (
        409,
        "'{label}' cannot be packed for {runtime} ({reasons}), so nothing was delivered. Replace or remove it "
        "in Slack.",
    ),
    Refusal.CANNOT_DECRYPT: (
        500,
        "The stored key of '{label}' cannot be decrypted, so nothing was delivered. Tell Certdesk's operator.",
    ),
    Refusal.BAD_DIRECTORY: (
        400,
        "'directory' is an absolute path of letters, digits, dots, dashes, underscores and slashes, and no longer "
        "than 200: the settings join paths with commas.",
    ),
    Refusal.BAD_INSTANCE: (400, "'instance' is a name of 1 to {longest} printable characters."),
    Refusal.BAD_FINGERPRINTS: (400, "'fingerprints' are SHA-256, 64 lower-case hex digits each, 2,000 at most."),
    Refusal.FINGERPRINTS_DIFFER: (
        409,
        "Revision {revision} has other client certificates than were reported ({missing} of them are missing), so this "
        "proves nothing. Fetch the bundle again, and report the fingerprints that it holds.",
    ),
    Refusal.TOO_MANY_INSTANCES: (
        409,
        "This environment has {most} instances already. Give instances names that come again, or have them report that "
        "they stopped.",
    ),
}
_AT = {
    "future": f"'at' is in the future, by more than {SKEW.seconds // 60} minutes: see the clock of your machine.",
    "past": f"'at' is more than {EARLIEST.days} days in the past: leave it out if the app was restarted just now.",
    "unreadable": "'at' is no moment with an offset: write it like 2026-11-25T17:55:00Z or 2026-11-25T18:55:00+01:00.",
}


def not_then(error: BadLoadedAt) -> str:
    """Why a moment is not believed."""
    return _AT[error.why]


def not_delivered(error: NotDelivered) -> tuple[int, str]:
    """Return status and sentence."""
    status, sentence = _REFUSALS[error.reason]
    return status, sentence.format(**error.detail)


def unexpected(request_id: str) -> str:
    """Return the answer to an unexpected failure; ``request_id`` finds it in the logs."""
    return f"Something failed on Certdesk's side. Try again in a minute, or give its operator this number: {request_id}"


def refusal_codes() -> Mapping[Refusal, int]:
    """Return the status of each reason, for the description."""
    return {reason: status for reason, (status, _) in _REFUSALS.items()}
