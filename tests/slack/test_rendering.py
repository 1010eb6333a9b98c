"""Whatever the facts are, Slack takes what we make of them, and nothing in them becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.certificates import Change, Code, Finding, Format, Report, Severity, Survey, Use
from bot.desk.base import calendar
from bot.desk.base.desk import Member
from bot.desk.certificates.inventory import ENVIRONMENTS_LISTED, ChannelListing, EnvironmentOverview, Removal, Shown
from bot.desk.deeds import DEEDS
from bot.desk.deposit.forms import DepositForm
from bot.desk.deposit.uploads import Offer
from bot.desk.environments.freezes import Frozen
from bot.desk.expiry import warnings
from bot.desk.expiry.warnings import ExpiringItem
from bot.desk.expiry.weekly_list import Listed, NotShown
from bot.desk.home import AtHome, Waiting
from bot.desk.requests.deciding import Decided
from bot.slack import home
from bot.slack.certificates import cards
from bot.slack.certificates.messages import ask_removal, hello, listed, overview, shown
from bot.slack.commands import COMMANDS
from bot.slack.deposit import modals
from bot.slack.deposit.messages import offered
from bot.slack.environments import messages, settings_modal
from bot.slack.environments.form import environment_form
from bot.slack.expiry.messages import digest, digest_elsewhere, digest_seen, seen, warning
from bot.slack.help import help_message
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.modals import notice
from bot.slack.requests.messages import decline_form, ended, ending, listing, now_form, waits
from bot.slack.restarts import reminders
from bot.workspace.block_kit.limits import check_message, check_view
from store import Authority, Environment, PendingRestart, Request, Upload, Version
from store.certificates.summaries import Holdings, Listing
from store.requests.requests import State
from tests.slack import facts

findings = st.builds(
    Finding,
    code=st.sampled_from(Code),
    severity=st.sampled_from(Severity),
    message=facts.texts,
    remedy=facts.texts,
    changes=st.lists(st.builds(Change, st.just("subject"), facts.texts, facts.texts), max_size=6).map(tuple),
)
surveys = st.builds(
    Survey,
    format=st.sampled_from(Format),
    size=st.integers(0, 10**8),
    use=st.sampled_from(Use),
    certificates=st.integers(0, 200),
    authorities=st.integers(0, 200),
    keys=st.integers(0, 3),
    encrypted_keys=st.integers(0, 3),
    findings=st.lists(findings, max_size=20).map(tuple),
)
reports = st.builds(Report, format=st.just(Format.PEM), findings=st.lists(findings, min_size=1, max_size=20).map(tuple))
OURS = re.compile(r"<(?:@[UW][A-Z0-9]+|#C0ORDERS|!date\^[^<>]*)>")
few = settings(max_examples=60, deadline=None)


def _mrkdwn(thing: Any) -> Iterator[str]:
    if isinstance(thing, dict):
        if thing.get("type") == "mrkdwn":
            yield thing["text"]
        for value in thing.values():
            yield from _mrkdwn(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _mrkdwn(value)


def _safe(texts: list[str]) -> None:
    for text in texts:
        rest = OURS.sub("", text)
        assert "<" not in rest, rest
        assert ">" not in rest, rest
        assert text.count("`") % 2 == 0
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", text)


def _sendable(message: Message) -> None:
    payload = json.loads(json.dumps(message.payload()))
    check_message(payload["text"], payload["blocks"])
    _safe([payload["text"], *_mrkdwn(payload["blocks"])])


def _openable(view: blocks.View) -> None:
    copied = json.loads(json.dumps(view))
    check_view(copied, kind=copied["type"])
    _safe(list(_mrkdwn(copied["blocks"])))


@few
@given(facts.versions, facts.environments, st.lists(facts.texts, max_size=12))
def test_cards(version: Version, environment: Environment, chain: list[str]) -> None:
    """The card of a client certificate."""
    _sendable(cards.client(version, environment, facts.NOW))
    _sendable(cards.removed(version, environment, "U0ALICE"))
    _sendable(ask_removal(Removal(environment, version)))
    _sendable(shown(Shown(environment, version, (version,) * 12), chain, facts.NOW))


@few
@given(st.lists(facts.authorities, min_size=1, max_size=150), facts.environments)
def test_cards_of_authorities(several: list[Authority], environment: Environment) -> None:
    """However many there are, and however they are called."""
    _sendable(cards.authorities(several, environment, "U0ALICE", facts.NOW))
    _sendable(cards.authority(several[0], environment, facts.NOW))
    _sendable(cards.removed(several[0], environment, "U0ALICE"))


@few
@given(
    facts.environments,
    facts.holdings,
    facts.listings,
    st.none() | facts.restarts,
    st.integers(1, 30),
)
def test_overviews(
    environment: Environment,
    holdings: Holdings,
    listing: Listing,
    restart: PendingRestart | None,
    number: int,
) -> None:
    """A channel with many environments that hold a lot."""
    several = [EnvironmentOverview(environment, holdings, restart)] * number
    _sendable(overview(several, facts.NOW, facts.PLATFORMS))
    channel = ChannelListing((environment,) * number, ((environment, listing),) * min(number, ENVIRONMENTS_LISTED))
    _sendable(listed(channel, facts.NOW))
    _sendable(messages.environments([environment] * number, facts.NOW))


@few
@given(
    st.lists(st.tuples(facts.environments, facts.versions | facts.authorities), min_size=1, max_size=40),
    st.booleans(),
    st.integers(0, 999),
)
def test_what_expires(found: list[tuple[Environment, Version | Authority]], mention: bool, more: int) -> None:
    """Warnings, seen or not, and the weekly list, however much of it has ended."""
    several = [ExpiringItem(place, target, warnings.end_of(target)) for place, target in found]
    _sendable(digest([Listed(one, 90) for one in several], facts.NOW, item="i" * 32, expired_more=more))
    _sendable(digest_seen(several, "<!here>", facts.NOW, rest=NotShown(more, more)))
    for some in (several, several[:1]):
        _sendable(warning(some, item="i" * 32, mention=mention, now=facts.NOW))
        _sendable(seen(some, "<!here>", now=facts.NOW))


@few
@given(st.lists(st.tuples(facts.environments, facts.versions | facts.authorities), min_size=1, max_size=60), st.data())
def test_seen_is_of_the_lines_that_can_be_read(
    found: list[tuple[Environment, Version | Authority]], data: st.DataObject
) -> None:
    """Each line that is shown has its mark in the button, and what is "and 3 more" has none."""
    lines = []
    for number, (place, target) in enumerate(found):
        name = f"{'n' * data.draw(st.sampled_from([1, 70]))}{number:02}"
        id_ = f"{number:032x}"
        named = (
            replace(target, id=id_, label=name) if isinstance(target, Version) else replace(target, id=id_, name=name)
        )
        lines.append((name, Listed(ExpiringItem(place, named, warnings.end_of(named)), 90)))
    message = digest([line for _, line in lines], facts.NOW, item="i" * 32)
    _sendable(message)
    read = " ".join(_mrkdwn(message.payload()["blocks"]))
    (button,) = [
        one for block in message.payload()["blocks"] if block["type"] == "actions" for one in block["elements"]
    ]
    marks = [line.mark for name, line in lines if f"`{name}`" in read]
    more = len(lines) - len(marks)
    assert button["value"].split(" ") == ["i" * 32, *marks, *([f"+{more}+0"] if more else [])]
    for other in (
        digest_elsewhere([line for _, line in lines], facts.NOW),
        digest_seen([line.ending for _, line in lines], "U0ALICE", facts.NOW, rest=NotShown(more)),
    ):
        _sendable(other)
        assert not any(block["type"] == "actions" for block in other.payload()["blocks"])


@few
@given(facts.restarts, facts.environments, st.integers(1, 100))
def test_reminders(restart: PendingRestart, environment: Environment, occurrence: int) -> None:
    """Pending, put off, confirmed, superseded."""
    _sendable(reminders.pending(restart, environment, occurrence, facts.NOW))
    _sendable(reminders.current(restart, environment, facts.NOW))
    _sendable(reminders.superseded(environment, environment.channel))
    _sendable(reminders.superseded(environment, "C0ELSEWHERE"))


@few
@given(facts.environments, facts.times)
def test_calendars(place: Environment, now: datetime) -> None:
    """The form of an environment's settings, what is said of them, and of freezes."""
    _openable(settings_modal.settings(place, range(40)))
    for say in (messages.settings_changed, messages.settings_unchanged):
        _sendable(blocks.say(say(place, (90, 30, 0), now)))
    spans = calendar.current_freezes(place, now)
    for several in ((), spans):
        for changed in (True, False):
            _sendable(blocks.say(messages.freeze_answer(Frozen(place, several, changed))))
    for span in (None, *spans[:2]):
        _sendable(messages.freeze(place, "<!here>", span, now))


@few
@given(
    st.lists(st.tuples(facts.environments, facts.restarts, st.none() | facts.times), max_size=10),
    st.lists(st.tuples(facts.environments, facts.versions | facts.authorities), max_size=15),
    st.integers(0, 1000),
    st.booleans(),
)
def test_the_home_tab(
    waiting: list[tuple[Environment, PendingRestart, datetime | None]],
    ending: list[tuple[Environment, Version | Authority]],
    more: int,
    guest: bool,
) -> None:
    """However much waits and expires; a guest has nothing to click."""
    expired = tuple(ExpiringItem(place, target, warnings.end_of(target)) for place, target in ending)
    found = AtHome(
        waiting=tuple(Waiting(*one) for one in waiting),
        waiting_count=len(waiting) + more,
        expired=expired,
        expired_count=len(ending) + more,
        expiring=expired,
        expiring_count=len(ending) + more,
        environments_count=more,
    )
    member = Member("U0ALICE", is_guest=guest)
    for why in ("", home.NO_SCOPE, home.NO_ANSWER):
        view = home.tab(found, member, facts.NOW, COMMANDS, facts.PLATFORMS, why=why, notice=why)
        _openable(view)
        # Looked for where a button is: hypothesis also names a certificate by what our code calls its buttons.
        assert [block["accessory"]["action_id"] for block in view["blocks"] if "accessory" in block] == (
            [] if guest else ["home_restart_done"] * len(waiting)
        )
        assert not any(block["type"] in {"actions", "input"} for block in view["blocks"])


@few
@given(facts.uploads, surveys, st.lists(facts.environments, max_size=2).map(tuple))
def test_offers(upload: Upload, survey: Survey, here: tuple[Environment, ...]) -> None:
    """What the uploader sees."""
    _sendable(offered(Offer(upload, survey, here)))


@few
@given(facts.uploads, st.lists(facts.environments, min_size=1, max_size=120).map(tuple), reports, facts.texts)
def test_modals(upload: Upload, here: tuple[Environment, ...], report: Report, typed: str) -> None:
    """Each form, as it is first, after a check, and after "checking"; private_metadata is the upload's id alone."""
    beside = (upload, replace(upload, id="v" * 32))
    form = DepositForm(
        upload, here, "client", needs_password=True, suggested_label="partner", parts=beside, is_part=True
    )
    put_back = modals.Typed("e" * 32, label=typed[:64], pins=typed, file_ids=("F1", "F2"), parts=("v" * 32,))
    for view in (modals.deposit(form), modals.authority(form), modals.add(form)):
        again = modals.again(view, report)
        for one in (view, again, modals.again(again, report), modals.refilled(again, put_back)):
            _openable(one)
            assert one["private_metadata"] == upload.id
        _openable(modals.refilled(modals.corrected(view, ["“x” is not a pin."]), put_back))


@few
@given(reports)
def test_accepted_codes_ride_in_the_view(report: Report) -> None:
    """The warnings that were shown, and no others, come back with the submission; a blocked form carries none."""
    again = modals.again(modals.checking("u", queued=False), report)
    expected = frozenset() if report.blocked else frozenset(one.code for one in report.warnings)
    assert modals.accepted(again) == expected


def test_files_that_came_before_ride_in_the_view() -> None:
    """After "checking" nobody has to choose the file again."""
    block = {"type": "input", "block_id": "files", "element": {"type": "file_input"}}
    view = modals.refilled({"blocks": [block]}, modals.Typed(file_ids=("F1", "F2")))
    assert modals.received(view) == ("F1", "F2")
    assert view["blocks"][-1]["optional"] is True


def test_what_is_always_the_same() -> None:
    """Help, greeting, home and the small modals fit, too."""
    _sendable(help_message(COMMANDS))
    _sendable(hello("C0ORDERS", guest=False))
    _openable(environment_form("C0ORDERS", zone="Europe/Berlin"))
    _openable(modals.checking("u", queued=True))
    _openable(notice("A sentence."))


looks = st.dictionaries(
    st.sampled_from(["version", "subject", "issuer", "chain", "pins", "names", "count", "setting app", "patience"]),
    st.lists(facts.texts, min_size=1, max_size=8),
)
requests = st.builds(
    Request,
    id=st.just("a" * 32),
    environment_id=st.just("e" * 32),
    deed=st.sampled_from(sorted(DEEDS.keys() - {"add_authorities"})),
    do=st.just({}),
    shown=st.builds(
        lambda label, old, new, remarks: {"label": label, "old": old, "new": new, "remarks": remarks},
        facts.texts,
        looks,
        looks,
        st.lists(facts.texts, max_size=10),
    ),
    upload_id=st.none(),
    asked_by=st.sampled_from(["U0ALICE", "cli:<!channel>"]),
    asked_at=st.just(facts.NOW),
    expires_at=st.just(facts.NOW),
    state=st.sampled_from(State),
    decided_by=st.sampled_from(["U0BOB", "certdesk"]),
    decided_at=st.just(facts.NOW),
    reason=facts.texts,
    message_channel=st.none(),
    message_ts=st.none(),
)


@few
@given(request=requests, place=facts.environments)
def test_requests_can_be_sent(request: Request, place: Environment) -> None:
    """Whatever labels, subjects, remarks and reasons hold."""
    _sendable(waits(request, place))
    if not request.is_waiting:
        _sendable(ended(request, place))
        _sendable(ending(request, place))
    _sendable(listing([Decided(request, place)] * 12))
    for form in (decline_form(request), now_form(request)):
        check_view(form, kind="modal")
