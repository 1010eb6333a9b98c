"""The message about partners' servers, from the daily look at them."""

from __future__ import annotations

from bot.desk.delivery.partners.news import About, News
from bot.desk.delivery.partners.watch import PartnersNews
from bot.slack.delivery.trial_words import MARKED, distrusted
from bot.slack.kit import blocks, times
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code
from bot.slack.kit.people import owners
from bot.slack.kit.text import folded

_MOST, _PATHS = 10, 3
_LONGEST = 2800
_MARK = "•  "
_TITLE = "*Daily check of your partners' servers*"


def news(facts: PartnersNews) -> Message:
    """Return what is new of the servers; owners are mentioned where a chain is not trusted."""
    lines = [_MARK + _line(one, facts) for one in facts.news]
    called = _called(facts)
    return blocks.say("\n".join([f"{called} {_TITLE}" if called else _TITLE, folded(lines, _MOST, "\n", _LONGEST)]))


def _line(one: News, facts: PartnersNews) -> str:
    paths = [f"*{facts.places[id_].path}*" for id_ in one.environments if id_ in facts.places]
    return f"{code(one.where, 100)}, for {folded(paths, _PATHS)}: {_said(one)}"


def _said(one: News) -> str:
    if one.about is About.UNTRUSTED:
        return distrusted(one.why, one.name, one.until, one.issuer, MARKED)
    if one.about is About.EXPIRES:
        return (
            f"The server's certificate {code(one.name, 100)} expires on {times.minute(one.until)}. If the "
            "partner does not renew it, connections will fail: tell them."
        )
    return (
        f"The server's certificate {code(one.name, 100)} is issued under {code(one.issuer, 100)} now. At the last "
        f"look it was {code(one.before, 100)}."
    )


def _called(facts: PartnersNews) -> str:
    """Return mentions of the owners of environments that do not trust a server, each once."""
    ids = {id_ for one in facts.news if one.about is About.UNTRUSTED for id_ in one.environments}
    several = [who for id_, place in facts.places.items() if id_ in ids for who in owners(place).split()]
    return " ".join(dict.fromkeys(several))
