"""Mendix Cloud, restarted through the Deploy API: what people read of it, and its form."""

from __future__ import annotations

import re
from collections.abc import Mapping

import aiohttp
from pydantic import SecretStr

from bot.desk.base.platforms import NO_SUCH_JOB, STARTS_ALREADY, STOP_FAILED, Field, PlatformKind, Words
from bot.platforms.deploy_api import DeployApi
from bot.platforms.fields import SEALED, is_word
from store import Environment, PerformedRestart

NAME = "mendix"
_APP = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?")
# As the Deploy API spells them: it is strict about capitals.
_MODES = {"test": "Test", "acceptance": "Acceptance", "production": "Production"}

_REASONS = {
    "APP_NOT_FOUND": "Mendix does not know this app id. Check it with `/cert env connect`.",
    "INVALID_APPID": "Mendix does not accept the app id. Check it with `/cert env connect`.",
    "INVALID_ENVIRONMENT": "Mendix does not accept the environment's name. Check it with `/cert env connect`.",
    "INVALID_PARAMETERS": "The app id or the environment's name is missing. Check them with `/cert env connect`.",
    "ENVIRONMENT_NOT_FOUND": (
        "Mendix does not know this environment, or this account may not see it. Check both with `/cert env connect`."
    ),
    STOP_FAILED: "Mendix could not stop the app. Its log in the Mendix Portal says why.",
    "NO_MDA_HAS_BEEN_DEPLOYED": "No package is deployed there: deploy one in the Mendix Portal.",
    "NO_PACKAGE": "No package is chosen for this environment: choose one in the Mendix Portal.",
    STARTS_ALREADY: "Somebody else's start was under way, and the app did not come up.",
    NO_SUCH_JOB: "Mendix forgot the job that starts the app, and the app did not come up.",
    "ALREADY_LOCKED": "The environment is busy, for example with a backup or a deployment. Wait until that is done.",
    "DB_SYNC_FAILED": "The app's database could not be updated. The log in the Mendix Portal says why.",
    "INVALID_DB_STRUCTURE": "The database does not match the app. The log in the Mendix Portal says how.",
    "MISSING_CONSTANT": "A constant of the app has no value: give it one in the Mendix Portal.",
    "INSECURE_ADMIN_PASSWORD": "An administrator of the app has the password 1: change it in the Mendix Portal.",
    "STARTUP_ACTION_FAILED": "The app's after-startup microflow failed. The log in the Mendix Portal says why.",
    "START_FAILED": "Mendix could not start the app. Its log in the Mendix Portal says why.",
    "http_401": "The user name and API key are not accepted. Enter others with `/cert env connect`.",
    "http_403": "The account may not do this: it needs API Rights and Transport Rights in this environment.",
}
_WORDS = Words(
    title="Mendix Cloud",
    summary="I stop and start it through the Deploy API",
    about=(
        "I stop the app, start it and watch it, with the API key of a Mendix account that has *API Rights* and "
        "*Transport Rights* in this environment. Best is an account that nobody uses for anything else."
    ),
    api="the Mendix Deploy API",
    app="the Mendix app",
    reasons=_REASONS,
    console="in the Mendix Portal under *Environments*, *Details*",
    start="*Start Application*",
)


def _mode_of(place: Environment) -> str:
    return _MODES.get(place.name, "")


_FIELDS = (
    Field(
        "app",
        "App id",
        hint="The app's subdomain: orders for orders.mendixcloud.com.",
        error="Give the app's subdomain, such as orders for orders.mendixcloud.com: letters, digits and dashes.",
        longest=63,
        suggested=lambda place: place.app,
        clean=str.lower,
        fits=lambda text: _APP.fullmatch(text) is not None,
    ),
    Field(
        "mode",
        "Environment",
        hint="Test, Acceptance, Production, or the name of a flexible environment.",
        error="Give Test, Acceptance, Production, or the name of a flexible environment.",
        longest=40,
        suggested=_mode_of,
        clean=lambda text: _MODES.get(text.lower(), text),
        fits=lambda text: _MODE.fullmatch(text) is not None,
    ),
    Field(
        "username",
        "User name",
        hint="The login name of the Mendix account whose API key this is.",
        error="Give the login name of a Mendix account, such as deploy@example.com: one word, without spaces.",
        fits=lambda text: is_word(text, 3),
    ),
)
_API_KEY = Field(
    "api_key",
    "API key",
    hint="Made in the Mendix Portal under User Settings, API Keys. " + SEALED,
    error="Give the API key as the Mendix Portal shows it: one word, of at least eight characters.",
    fits=lambda text: is_word(text, 8),
)


def kind(session: aiohttp.ClientSession, base: str) -> PlatformKind:
    """Declare Mendix Cloud; ``base`` is the address of its Deploy API."""

    def client(
        settings: Mapping[str, str], api_key: SecretStr, _place: Environment, _run: PerformedRestart | None
    ) -> DeployApi:
        return DeployApi(session, base, settings["app"], settings["mode"], settings["username"], api_key)

    return PlatformKind(
        name=NAME,
        words=_WORDS,
        fields=_FIELDS,
        secret=_API_KEY,
        target=lambda settings: f"{settings['app']}/{settings['mode']}",
        details=lambda settings: {"app": settings["app"], "environment": settings["mode"]},
        client=client,
    )
