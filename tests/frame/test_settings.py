"""Settings: read together, wrong together, silent about values."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import IN_FILES, Settings, SettingsError, load_settings

GOOD = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields.values():
        alias = name.validation_alias
        assert alias is not None
        monkeypatch.delenv(alias.choices[0], raising=False)  # type: ignore[union-attr, arg-type]  # always one AliasChoices of strings
    for variable in IN_FILES:
        monkeypatch.delenv(f"{variable}_FILE", raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def sentences(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **environment)
    return caught.value.sentences


def test_two_secrets_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot token and a signing secret start HTTP mode on SQLite with an embedded key file."""
    settings = load(monkeypatch, **GOOD)
    assert settings.embedded
    assert not settings.socket_mode
    assert settings.allowed_file_hosts == {"files.slack.com"}


def test_an_app_token_means_socket_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an app-level token no signing secret is needed."""
    assert load(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1").socket_mode


def test_every_error_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong variable gets one sentence of its own, all in one go."""
    said = sentences(
        monkeypatch,
        SLACK_BOT_TOKEN="hunter2",
        SLACK_APP_TOKEN="hunter2",
        CERTDESK_PORT="eighty",
        CERTDESK_SLACK_API_URL="http://slack.example/api/",
        CERTDESK_DATABASE_URL="mysql://hunter2@db/x",
    )
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "CERTDESK_PORT",
        "CERTDESK_SLACK_API_URL",
        "CERTDESK_DATABASE_URL",
    ):
        assert sum(sentence.startswith(name) for sentence in said) == 1
    assert "hunter2" not in "\n".join(said)


def test_everything_missing_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, wrong and contradicting settings are reported together, not one at each start."""
    told = sentences(monkeypatch, CERTDESK_DATABASE_URL="postgresql://u@h/d", CERTDESK_PORT="99999")
    assert [sentence.split()[0] for sentence in told] == [
        *("CERTDESK_KEYS", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CERTDESK_PORT"),
    ]
    assert told[3] == "CERTDESK_PORT must be at most 65535."


def test_a_wrong_app_token_asks_for_no_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever set SLACK_APP_TOKEN wants Socket Mode: only the token is reported."""
    (told,) = sentences(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xoxb-1")
    assert told.startswith("SLACK_APP_TOKEN is not an app-level token")


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://", "sqlite:certdesk.sqlite3"])
def test_a_sqlite_address_names_a_file(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """An address that stops before the file is refused with the way to write it."""
    (told,) = sentences(monkeypatch, CERTDESK_DATABASE_URL=url, **GOOD)
    assert "sqlite:///FILE" in told


def test_http_mode_needs_the_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an app token the signing secret is asked for, with the place where Slack shows it."""
    (said,) = sentences(monkeypatch, SLACK_BOT_TOKEN="xoxb-1")
    assert said.startswith("SLACK_SIGNING_SECRET is missing")


def test_replicas_must_share_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL without a key ring is refused, since a key file beside one replica would lock out the others."""
    (said,) = sentences(monkeypatch, CERTDESK_DATABASE_URL="postgresql://u@h/d", **GOOD)
    assert "key ring" in said


def test_two_rings_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring in the environment and one in a file contradict each other."""
    (said,) = sentences(monkeypatch, CERTDESK_KEYS="k:x", CERTDESK_KEY_FILE="/k", **GOOD)
    assert "keep one of them" in said


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://slack-gov.com/api/", {"slack-gov.com", "files.slack-gov.com"}),
        ("http://127.0.0.1:8480/api", {"127.0.0.1:8480", "files.127.0.0.1:8480"}),
    ],
)
def test_another_slack_brings_its_file_hosts(monkeypatch: pytest.MonkeyPatch, url: str, hosts: set[str]) -> None:
    """The bot token may go to the file hosts of the Slack that was configured, and to no other."""
    settings = load(monkeypatch, CERTDESK_SLACK_API_URL=url, **GOOD)
    assert settings.allowed_file_hosts == hosts
    assert settings.slack_api_url.endswith("/")


def test_a_public_address_is_one_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in a line that people paste into a shell: a slash at its end goes, anything odd is refused."""
    good = load(monkeypatch, CERTDESK_PUBLIC_URL="https://certdesk.example/desk/", **GOOD)
    assert good.public_url == "https://certdesk.example/desk"
    for odd in ("certdesk.example", "https://x/$(id)", "https://x/`id`", "https://x/a b", "https://u@x", "ftp://x"):
        (said,) = sentences(monkeypatch, CERTDESK_PUBLIC_URL=odd)
        assert said.startswith("CERTDESK_PUBLIC_URL is not a web address"), odd


def test_a_setting_that_was_replaced_names_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who set from when on certificates expire soon is told that the first expiry threshold says so now."""
    (said,) = sentences(monkeypatch, CERTDESK_EXPIRES_SOON_DAYS="30", **GOOD)
    assert said.startswith("CERTDESK_EXPIRY_DAYS replaces CERTDESK_EXPIRES_SOON_DAYS")


def test_settings_do_not_print_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings object in a log or a trace shows no secret."""
    shown = repr(load(monkeypatch, SLACK_BOT_TOKEN="xoxb-canary", SLACK_SIGNING_SECRET="canary"))
    assert "canary" not in shown


def test_secrets_can_stand_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As orchestrators mount them; the line end is none of the secret's."""
    (tmp_path / "token").write_text("xoxb-1\n")
    (tmp_path / "secret").write_text("canary-signing\n")
    settings = load(
        monkeypatch,
        SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"),
        SLACK_SIGNING_SECRET_FILE=str(tmp_path / "secret"),
    )
    assert settings.bot_token.get_secret_value() == "xoxb-1"
    assert settings.signing_secret is not None
    assert settings.signing_secret.get_secret_value() == "canary-signing"


def test_a_file_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One for each, and none that says the same of the variable."""
    (tmp_path / "empty").write_text("\n")
    said = sentences(
        monkeypatch,
        SLACK_BOT_TOKEN_FILE=str(tmp_path / "none"),
        SLACK_SIGNING_SECRET_FILE=str(tmp_path / "empty"),
        CERTDESK_KEYS="hunter2",
        CERTDESK_KEYS_FILE=str(tmp_path / "empty"),
    )
    assert said == [
        "SLACK_BOT_TOKEN_FILE names a file that cannot be read: No such file or directory.",
        "SLACK_SIGNING_SECRET_FILE names an empty file.",
        "CERTDESK_KEYS_FILE and CERTDESK_KEYS are both set: keep one of them.",
    ]


def test_a_token_that_rotates_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would work for some hours and then no more."""
    (said,) = sentences(monkeypatch, SLACK_BOT_TOKEN="xoxe.xoxb-1-hunter2", SLACK_SIGNING_SECRET="s")
    assert "a token that rotates" in said
    assert "hunter2" not in said
