"""Uploading on a private page: for who does not want to type a password where Slack shows it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from bot.desk.base.desk import Desk, Member, People
from bot.desk.base.errors import AwaitsApproval, NoPages, UploadGone
from bot.desk.delivery import page_links
from bot.desk.delivery.page_links import BadLink
from bot.desk.deposit import deposits, forms
from bot.desk.deposit.forms import DepositForm
from bot.desk.deposit.outcomes import AuthoritiesDeposited, Deposited, DepositRequest, FetchAll, Outcome
from store.delivery import links
from store.delivery.links import Issued, Link, Purpose


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload's page: what its form asks, and the ticket that comes back with it."""

    form: DepositForm
    ticket: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at an upload's page: the link that they opened, and the person it was made for."""

    link: Link
    member: Member
    form: DepositForm

    @property
    def brings_files(self) -> bool:
        """Return whether the page takes files; a dropped one lies in Slack."""
        return self.form.upload.file_id is None


async def link_to_upload(desk: Desk, member: Member, upload_id: str) -> Issued:
    """Make a link to the page of an upload of one's own. Raises NoPages, and as ``forms.form``."""
    if not desk.pages_url:
        raise NoPages
    form, now = await _form(desk, member, upload_id), desk.clock()
    async with desk.store.transaction() as tx:
        await page_links.forget_old(tx, now)
        permitted = await links.permit(
            tx,
            Purpose.UPLOAD,
            subject=form.upload.id,
            member=member.id,
            channel=form.upload.channel,
            at=now,
            expires_at=now + page_links.LIVES,
        )
        return await links.issue(tx, permitted.id, at=now, expires_at=now + page_links.LIVES)


async def open_page(desk: Desk, people: People, token: SecretStr, code: str, *, peer: str) -> Opened:
    """Open the link, for good, and return what its page asks. Raises BadLink, and as ``forms.form``."""
    link = await page_links.check(desk, Purpose.UPLOAD, token, code, peer=peer)
    form = await _form(desk, await people.member(link.member), link.subject)
    async with desk.store.transaction() as tx:
        if (flaw := page_links.flaw_of(await links.held(tx, link.id), now := desk.clock())) is not None:
            raise BadLink(flaw)
        ticket = await links.open_(tx, link.id, at=now)
    return Opened(form, ticket)


async def visitor(desk: Desk, people: People, token: SecretStr, ticket: str) -> Visitor:
    """Return who sends the form of an opened page. Raises BadLink, and as ``forms.form``."""
    link = await page_links.with_ticket(desk, Purpose.UPLOAD, token, ticket)
    member = await people.member(link.member)
    return Visitor(link, member, await _form(desk, member, link.subject))


async def deposit(desk: Desk, who: Visitor, request: DepositRequest, fetch: FetchAll) -> Outcome:
    """Deposit what was sent; once something came of it the page has ended. Raises as ``deposits.deposit``."""
    run = deposits.deposit_any if who.brings_files else deposits.deposit
    try:
        outcome = await run(desk, request, fetch)
    except AwaitsApproval:
        await _end(desk, who)
        raise
    if isinstance(outcome, Deposited | AuthoritiesDeposited):
        await _end(desk, who)
    return outcome


async def _end(desk: Desk, who: Visitor) -> None:
    async with desk.store.transaction() as tx:
        await links.end(tx, who.link.id, at=desk.clock())


async def _form(desk: Desk, member: Member, upload_id: str) -> DepositForm:
    """Return what the page asks; it names the channel's environments to nobody who has left the channel."""
    form = await forms.form(desk, upload_id, member)
    await member.channels.ask(form.upload.channel)
    if not member.channels.has(form.upload.channel):
        raise UploadGone
    return form
