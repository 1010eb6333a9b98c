"""Every deed that waits for approval in a protected environment: a new one is declared elsewhere and listed here."""

from __future__ import annotations

from bot.desk.base.deeds import Deeds
from bot.desk.certificates.inventory import REMOVE
from bot.desk.certificates.versions import PIN, RESTORE, ROLL_BACK
from bot.desk.delivery.handing_out import HAND_OUT
from bot.desk.deposit.storing import ADD, ADD_AUTHORITIES
from bot.desk.environments.removal import REMOVE_ENVIRONMENT
from bot.desk.environments.settings import SETTINGS
from bot.desk.restarts.connections import CONNECT
from bot.desk.restarts.performing import RESTART
from bot.desk.restarts.tokens import TOKEN

_ALL = (
    ADD,
    ADD_AUTHORITIES,
    REMOVE,
    RESTORE,
    ROLL_BACK,
    PIN,
    TOKEN,
    CONNECT,
    RESTART,
    SETTINGS,
    REMOVE_ENVIRONMENT,
    HAND_OUT,
)
DEEDS: Deeds = {deed.name: deed for deed in _ALL}
