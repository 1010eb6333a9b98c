"""What stood in the way of a restart: a sentence for each name, those of the Deploy API's documentation and ours."""

from __future__ import annotations

from bot.desk.restarts.steps import BROKEN, LOST, TIMED_OUT
from bot.slack.kit.escape import code
from store.restarts import connections

_WHY = {
    "APP_NOT_FOUND": "Mendix does not know this app id. Check it with `/cert env connect`.",
    "INVALID_APPID": "Mendix does not accept the app id. Check it with `/cert env connect`.",
    "INVALID_ENVIRONMENT": "Mendix does not accept the environment's name. Check it with `/cert env connect`.",
    "INVALID_PARAMETERS": "The app id or the environment's name is missing. Check them with `/cert env connect`.",
    "ENVIRONMENT_NOT_FOUND": (
        "Mendix does not know this environment, or this account may not see it. Check both with `/cert env connect`."
    ),
    "STOP_FAILED": "Mendix could not stop the app. Its log in the Mendix Portal says why.",
    "NO_MDA_HAS_BEEN_DEPLOYED": "No package is deployed there: deploy one in the Mendix Portal.",
    "NO_PACKAGE": "No package is chosen for this environment: choose one in the Mendix Portal.",
    "APP_ALREADY_HAS_A_STARTING_JOB": "Somebody else's start was under way, and the app did not come up.",
    "NO_SUCH_STARTJOB": "Mendix forgot the job that starts the app, and the app did not come up.",
    "ALREADY_LOCKED": "The environment is busy, for example with a backup or a deployment. Wait until that is done.",
    "DB_SYNC_FAILED": "The app's database could not be updated. The log in the Mendix Portal says why.",
    "INVALID_DB_STRUCTURE": "The database does not match the app. The log in the Mendix Portal says how.",
    "MISSING_CONSTANT": "A constant of the app has no value: give it one in the Mendix Portal.",
    "INSECURE_ADMIN_PASSWORD": "An administrator of the app has the password 1: change it in the Mendix Portal.",
    "STARTUP_ACTION_FAILED": "The app's after-startup microflow failed. The log in the Mendix Portal says why.",
    "START_FAILED": "Mendix could not start the app. Its log in the Mendix Portal says why.",
    "http_401": "The user name and API key are not accepted. Enter others with `/cert env connect`.",
    "http_403": "The account may not do this: it needs API Rights and Transport Rights in this environment.",
    "http_404": "Nothing was found at that address. Check it with `/cert env connect`.",
    "unreachable": "The platform cannot be reached.",
    "busy": "The platform limits calls right now.",
    "no_answer": "The platform did not answer in time.",
    "not_json": "The platform's answer is not JSON: it may be a web page.",
    "no_job": "The platform's answer names no job.",
    "no_status": "The platform's answer names no status.",
    "redirected": "The platform redirects to another address. Check the address with `/cert env connect`.",
    "unexpected": "The pipeline answered, but not with the expected text.",
    "foreign_status": "The pipeline gave a status address on another host. I ask only its own host.",
    "not_allowed": "The webhook's address is no longer allowed. Ask your operator.",
    TIMED_OUT: "The app has been starting for too long. The platform has not reported a failure.",
    LOST: "I was interrupted during the call and do not know whether it arrived.",
    BROKEN: "The stored credentials can no longer be decrypted. Enter them again with `/cert env connect`.",
}


# A pipeline knows neither accounts nor rights, but the secret that our calls are signed with.
_PIPELINE = {
    f"http_{status}": f"The pipeline refused my call (HTTP {status}). Check that both use the same secret."
    for status in (401, 403)
}


def why(reason: str | None, kind: str = connections.MENDIX) -> str:
    """Return the sentence for an error's name; an unknown name is shown as it came."""
    if not reason:
        return "The platform did not say why."
    if kind == connections.WEBHOOK and reason in _PIPELINE:
        return _PIPELINE[reason]
    if reason in _WHY:
        return _WHY[reason]
    if reason.startswith("http_5"):
        return f"The platform has a problem (HTTP {reason[5:8]})."
    if reason.startswith("http_"):
        return f"The platform refused the call (HTTP {reason[5:8]}). Check the address with `/cert env connect`."
    return f"The platform reports {code(reason, 64)}."
