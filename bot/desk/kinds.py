"""Every kind of message and task: a new one is declared in its feature, and listed here."""

from __future__ import annotations

from typing import Any

from bot.desk.certificates.kinds import AUTHORITY_REMOVED, AUTHORITY_RESTORED, PINNED, REMOVED, RESTORED, ROLLED_BACK
from bot.desk.delivery.behind import BEHIND
from bot.desk.delivery.handing_out import HAND_OUT_READY
from bot.desk.delivery.page_links import LINK_REFUSED
from bot.desk.delivery.partners.watch import PARTNERS_LOOK, PARTNERS_NEWS, PARTNERS_ROUND
from bot.desk.delivery.proof import PROOF_LOOK
from bot.desk.deposit.kinds import AUTHORITIES, CARD, CLEANUP, OFFER
from bot.desk.deposit.left_keys import KEY_LEAKED, KEY_LEFT
from bot.desk.environments.freezes import FREEZE
from bot.desk.environments.ownerless import OWNERLESS, OWNERS_LOOK
from bot.desk.environments.removal import PURGE
from bot.desk.expiry.seen import EXPIRY_SEEN, WEEKLY_LIST_SEEN
from bot.desk.expiry.warnings import EXPIRY
from bot.desk.expiry.weekly_list import WEEKLY_LIST
from bot.desk.outbox.kind import Kind
from bot.desk.outbox.notices import NOTICE
from bot.desk.requests.kinds import REQUEST, REQUEST_ENDING, REQUEST_EXPIRES, REQUEST_UPDATE
from bot.desk.restarts.alarms import ALARM, ALARM_OVER, ALARM_RETIRED
from bot.desk.restarts.performing import STEP
from bot.desk.restarts.progress import PROGRESS
from bot.desk.restarts.reminders import REMINDER, RETIRED, UPDATE
from bot.desk.restarts.token_watch import TOKEN_ENDS, TOKEN_LOOK, TOKEN_QUIET

ALL: tuple[Kind[Any], ...] = (
    REMINDER,
    UPDATE,
    RETIRED,
    STEP,
    PROGRESS,
    ALARM,
    ALARM_OVER,
    ALARM_RETIRED,
    EXPIRY,
    EXPIRY_SEEN,
    WEEKLY_LIST,
    WEEKLY_LIST_SEEN,
    FREEZE,
    ROLLED_BACK,
    RESTORED,
    PINNED,
    REMOVED,
    AUTHORITY_REMOVED,
    AUTHORITY_RESTORED,
    OFFER,
    CARD,
    AUTHORITIES,
    CLEANUP,
    KEY_LEAKED,
    KEY_LEFT,
    NOTICE,
    OWNERS_LOOK,
    OWNERLESS,
    PURGE,
    BEHIND,
    HAND_OUT_READY,
    LINK_REFUSED,
    PROOF_LOOK,
    PARTNERS_ROUND,
    PARTNERS_LOOK,
    PARTNERS_NEWS,
    TOKEN_LOOK,
    TOKEN_ENDS,
    TOKEN_QUIET,
    REQUEST,
    REQUEST_UPDATE,
    REQUEST_ENDING,
    REQUEST_EXPIRES,
)
KINDS = {kind.name: kind for kind in ALL}
