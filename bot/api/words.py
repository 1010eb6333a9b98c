"""Every sentence that a program gets, for the person who reads its log."""

from __future__ import annotations

from bot.desk.base.errors import BadLoadedAt
from bot.desk.restarts.tokens import EARLIEST, SKEW

UNAUTHORIZED = (
    "This token is not known for this environment: send the header 'Authorization: Bearer cdh_…' and see that token "
    "and address belong together. '/cert env token' in the environment's channel makes a new one."
)
NOT_JSON = 'The body cannot be read: leave it empty, or send a JSON object such as {"at": "2026-11-25T17:55:00Z"}.'
UNKNOWN_FIELD = "The body may hold 'at' and nothing else: leave out the rest, so that nothing is misunderstood."
TOO_LARGE = "The body is too large: leave it empty, or send a JSON object with 'at'."
TOO_SLOW = "The body did not arrive in time: send it again."
NOT_FOUND = "There is nothing at this address: it is /v1/environments/APP/ENVIRONMENT/restarted."
METHOD = "Use POST here."
AWAY = "Certdesk's database does not answer right now, so nothing was confirmed. Try again in some seconds."

_AT = {
    "future": f"'at' is in the future, by more than {SKEW.seconds // 60} minutes: see the clock of your machine.",
    "past": f"'at' is more than {EARLIEST.days} days in the past: leave it out if the app was restarted just now.",
    "unreadable": "'at' is no moment with an offset: write it like 2026-11-25T17:55:00Z or 2026-11-25T18:55:00+01:00.",
}


def not_then(error: BadLoadedAt) -> str:
    """Why a moment is not believed."""
    return _AT[error.why]


def unexpected(request_id: str) -> str:
    """Return the answer to an unexpected failure; ``request_id`` finds it in the logs."""
    return f"Something failed on Certdesk's side. Try again in a minute, or give its operator this number: {request_id}"
