"""The modals that connect an environment, as pure functions from facts. A secret is asked for and never put back."""

from __future__ import annotations

from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import View
from bot.slack.restarts import progress_words
from store import Environment
from store.restarts import connections


def kind(environment: Environment) -> View:
    """Asks what restarts the app."""
    choices = [
        blocks.option("Mendix Cloud", connections.MENDIX, about="I stop and start it through the Deploy API"),
        blocks.option("A webhook", connections.WEBHOOK, about="I ask your own pipeline to restart it"),
    ]
    asked = [
        blocks.section(f"*{environment.path}*\n{progress_words.CHOOSE_KIND}"),
        blocks.input_("kind", "Restarted through", blocks.radio(choices, chosen=connections.MENDIX)),
    ]
    return _modal("connect", asked, environment, submit=labels.NEXT)


def mendix(environment: Environment) -> View:
    """Asks for an app of the Mendix Cloud and an account that may restart it."""
    mode = environment.name.capitalize() if environment.name in {"test", "acceptance", "production"} else ""
    asked = [
        blocks.section(f"*{environment.path}*\n{progress_words.MENDIX_ABOUT}"),
        blocks.input_("app", "App id", blocks.text_input(initial=environment.app, longest=63), hint=labels.APP_HINT),
        blocks.input_("mode", "Environment", blocks.text_input(initial=mode, longest=40), hint=labels.MODE_HINT),
        blocks.input_("username", "User name", blocks.text_input(longest=200), hint=labels.USERNAME_HINT),
        blocks.input_("api_key", "API key", blocks.text_input(longest=200), hint=labels.API_KEY_HINT),
    ]
    return _modal("connect_mendix", asked, environment, submit=labels.CONNECT)


def webhook(environment: Environment) -> View:
    """Asks for an address, and the secret that its receiver knows."""
    asked = [
        blocks.section(f"*{environment.path}*\n{progress_words.WEBHOOK_ABOUT}"),
        blocks.input_(
            "url",
            "Address",
            blocks.text_input(placeholder="https://pipeline.example/restart", longest=500),
            hint=labels.URL_HINT,
        ),
        blocks.input_("secret", "Secret", blocks.text_input(longest=200), hint=labels.SECRET_HINT),
        blocks.input_(
            "expect", "Expected in the answer", blocks.text_input(longest=200), hint=labels.EXPECT_HINT, optional=True
        ),
    ]
    return _modal("connect_webhook", asked, environment, submit=labels.CONNECT)


def _modal(callback_id: str, asked: list[blocks.Block], environment: Environment, *, submit: str) -> View:
    return blocks.modal(
        callback_id, labels.TITLES["connect"], asked, submit=submit, close=labels.CANCEL, metadata=environment.id
    )
