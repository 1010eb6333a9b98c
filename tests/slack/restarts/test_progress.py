"""Whatever a platform says and however far a restart has come: Slack takes the message, and nothing becomes markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk.base.platforms import PlatformKind
from bot.desk.restarts.performing import Proposal
from bot.platforms.deploy_api import DOCUMENTED
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.restarts import platform_errors, progress, reminders
from bot.slack.restarts.connections import connected, connection_form, kind_form
from bot.workspace.block_kit.limits import check_message, check_view
from store import AppState, Connection, Environment, Outcome, PendingRestart, PerformedRestart, Step
from tests.slack import facts
from tests.slack.office import shown

few = settings(max_examples=60, deadline=None)
platforms = st.sampled_from(facts.PLATFORMS.kinds)
runs = st.builds(
    PerformedRestart,
    id=st.just("p" * 32),
    environment_id=st.just("e" * 32),
    by=facts.members,
    kind=st.sampled_from([one.name for one in facts.PLATFORMS.kinds]),
    target=facts.texts,
    began_at=facts.times,
    step=st.sampled_from(Step),
    step_at=facts.times,
    job=st.none() | facts.texts,
    outcome=st.none() | st.sampled_from(Outcome),
    reason=st.none() | facts.texts,
    app_state=st.none() | st.sampled_from(AppState),
    stopped_at=st.none() | facts.times,
    edition=st.integers(1, 99),
    message_channel=st.none(),
    message_ts=st.none(),
    ended_at=st.none() | facts.times,
)


def _sendable(message: Message) -> None:
    payload = message.payload()
    check_message(payload["text"], payload["blocks"])
    assert "<!" not in shown(payload).replace("<!date^", "")
    assert "\u202e" not in shown(payload)


@few
@given(runs, facts.environments, platforms)
def test_every_state_can_be_sent(run: PerformedRestart, environment: Environment, platform: PlatformKind) -> None:
    """Progress, alarm, its end, and the question before it."""
    moment = run.began_at + timedelta(seconds=90)
    _sendable(progress.progress(run, environment, moment, platform))
    _sendable(progress.progress(run, environment, moment, platform, over=True))
    for occurrence in (1, 2):
        _sendable(progress.alarm(run, environment, platform, occurrence=occurrence))
    _sendable(blocks.say(progress.alarm_stands(run, environment)))
    _sendable(progress.alarm_over(run, environment, platform))
    _sendable(progress.alarm_superseded(run, environment, environment.channel))
    _sendable(progress.ask(Proposal(environment, platform, run.target), moment))
    settings = {"app": run.target, "mode": "b", "url": f"https://{run.target}"}
    connection = Connection("c" * 32, environment.id, platform.name, settings, "U", moment)
    _sendable(blocks.say(connected(environment, connection, platform)))


@few
@given(runs, st.sampled_from([("mendix", "was stopped in between"), ("webhook", "pipeline reports")]))
def test_a_restart_that_is_done_says_how_that_is_known(run: PerformedRestart, known: tuple[str, str]) -> None:
    """What the app has loaded is not claimed: only that it was seen stopped, or that the pipeline reports it."""
    kind, sentence = known
    done = replace(run, kind=kind, outcome=Outcome.DONE, step=Step.WAITING, stopped_at=run.began_at)
    said = progress.state(done, run.began_at + timedelta(seconds=90), facts.PLATFORMS.kind(kind))
    assert said.startswith("It runs again, after ")
    assert sentence in said
    assert "loaded" not in said


@few
@given(facts.restarts, facts.environments)
def test_a_reminder_with_the_button(restart: PendingRestart, environment: Environment) -> None:
    """Its confirmation fits, however long the environment's name is."""
    _sendable(reminders.pending(restart, environment, 1, facts.NOW, connected=True))


@few
@given(facts.environments)
def test_the_forms(environment: Environment) -> None:
    """Kind, Mendix Cloud and webhook; their metadata is the environment's id and nothing else."""
    kinds = facts.PLATFORMS.kinds
    for view in (kind_form(environment, kinds), *(connection_form(environment, kind) for kind in kinds)):
        check_view(view, kind="modal")
        assert view["private_metadata"] == environment.id


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_every_documented_error_has_a_sentence(name: str) -> None:
    """A name that is documented is not shown; one that is not, is."""
    mendix, webhook = (one.words for one in facts.PLATFORMS.kinds)
    assert name == "ALREADY_STARTED" or name not in platform_errors.why(name, mendix)
    assert "`SOMETHING_NEW`" in platform_errors.why("SOMETHING_NEW", mendix)
    assert "`&lt;!channel&gt;`" in platform_errors.why("<!channel>", mendix)
    assert "API key" in platform_errors.why("http_401", mendix)
    assert "same secret" in platform_errors.why("http_401", webhook)
