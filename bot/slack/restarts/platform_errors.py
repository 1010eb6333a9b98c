"""What stood in the way of a restart: a sentence for each name, those of the Deploy API's documentation and ours."""

from __future__ import annotations

from bot.desk.restarts.steps import BROKEN, LOST, TIMED_OUT
from bot.slack.kit.escape import code
from store.restarts import connections

_WHY = {
    "APP_NOT_FOUND": "Mendix knows no app of that id: see the app id with `/cert env connect`.",
    "INVALID_APPID": "Mendix does not take the app id: see it with `/cert env connect`.",
    "INVALID_ENVIRONMENT": "Mendix does not take the environment's name: see it with `/cert env connect`.",
    "INVALID_PARAMETERS": "Mendix misses the app id or the environment's name: see them with `/cert env connect`.",
    "ENVIRONMENT_NOT_FOUND": (
        "Mendix knows no such environment of the app, or does not show it to this account: see both with "
        "`/cert env connect`."
    ),
    "STOP_FAILED": "Mendix could not stop the app. Its log in the Mendix Portal says why.",
    "NO_MDA_HAS_BEEN_DEPLOYED": "No package is deployed there: deploy one in the Mendix Portal.",
    "NO_PACKAGE": "No package is chosen for this environment: choose one in the Mendix Portal.",
    "APP_ALREADY_HAS_A_STARTING_JOB": "Somebody else's start was under way, and the app did not come up.",
    "NO_SUCH_STARTJOB": "Mendix forgot the job that starts the app, and the app did not come up.",
    "ALREADY_LOCKED": "Something else is at work on the environment, such as a backup or a deployment. Wait for it.",
    "DB_SYNC_FAILED": "Its database could not be brought up to date. The log in the Mendix Portal says why.",
    "INVALID_DB_STRUCTURE": "Its database does not fit the app. The log in the Mendix Portal says how.",
    "MISSING_CONSTANT": "A constant of the app has no value: give it one in the Mendix Portal.",
    "INSECURE_ADMIN_PASSWORD": "An administrator of the app has the password 1: change it in the Mendix Portal.",
    "STARTUP_ACTION_FAILED": "The app's after-startup microflow failed. The log in the Mendix Portal says why.",
    "START_FAILED": "Mendix could not start the app. Its log in the Mendix Portal says why.",
    "http_401": "The user name and API key are not accepted: give others with `/cert env connect`.",
    "http_403": "The account may not do this: it needs API Rights and Transport Rights in this environment.",
    "http_404": "There is nothing at that address: see it with `/cert env connect`.",
    "unreachable": "The platform cannot be reached.",
    "busy": "The platform wants fewer calls right now.",
    "no_answer": "The platform gave no answer in time.",
    "not_json": "The platform gave an answer that makes no sense, such as a web page.",
    "no_job": "The platform gave an answer that makes no sense: it names no job.",
    "no_status": "The platform gave an answer that makes no sense: it names no status.",
    "redirected": "The platform sends me to another address, and I follow none: see it with `/cert env connect`.",
    "unexpected": "The pipeline answered, but not with the text that was agreed.",
    "foreign_status": "The pipeline wants to be asked at another host, and I ask only its own.",
    "not_allowed": "The webhook's address is not allowed any more: ask your operator.",
    TIMED_OUT: "It has been starting for longer than I wait, and nobody has said that it failed.",
    LOST: "I was interrupted in the middle of the call, and cannot tell whether it got there.",
    BROKEN: "The stored credentials do not open any more: give them again with `/cert env connect`.",
}


# A pipeline knows neither accounts nor rights, but the secret that our calls are signed with.
_PIPELINE = {
    f"http_{status}": f"The pipeline turned my call away (HTTP {status}): does it know the same secret as I do?"
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
        return f"The platform itself has trouble (HTTP {reason[5:8]})."
    if reason.startswith("http_"):
        return f"The platform says no (HTTP {reason[5:8]}): see the address with `/cert env connect`."
    return f"The platform calls it {code(reason, 64)}."
