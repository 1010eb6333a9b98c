"""What stood in the way of a restart: the platform's own sentence for an error's name, or ours."""

from __future__ import annotations

from bot.desk.base.platforms import Words
from bot.desk.restarts.steps import BROKEN, LOST, TIMED_OUT
from bot.slack.kit.escape import code

_WHY = {
    "http_401": "The credentials are not accepted. Enter others with `/cert env connect`.",
    "http_403": "The account may not do this.",
    "http_404": "Nothing was found at that address. Check it with `/cert env connect`.",
    "unreachable": "The platform cannot be reached.",
    "busy": "The platform limits calls right now.",
    "no_answer": "The platform did not answer in time.",
    "not_json": "The platform's answer is not JSON: it may be a web page.",
    "no_job": "The platform's answer names no job.",
    "no_status": "The platform's answer names no status.",
    "redirected": "The platform redirects to another address. Check the address with `/cert env connect`.",
    TIMED_OUT: "The app has been starting for too long. The platform has not reported a failure.",
    LOST: "I was interrupted during the call and do not know whether it arrived.",
    BROKEN: "The stored credentials can no longer be decrypted. Enter them again with `/cert env connect`.",
}


def why(reason: str | None, words: Words) -> str:
    """Return the sentence for an error's name; an unknown name is shown as it came."""
    if not reason:
        return "The platform did not say why."
    if said := words.reasons.get(reason) or _WHY.get(reason):
        return said
    if reason.startswith("http_5"):
        return f"The platform has a problem (HTTP {reason[5:8]})."
    if reason.startswith("http_"):
        return f"The platform refused the call (HTTP {reason[5:8]}). Check the address with `/cert env connect`."
    return f"The platform reports {code(reason, 64)}."
