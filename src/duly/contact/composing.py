"""One message written out: the words filled in from the borrower, the loans and who proposed it, for its channel."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence

from django.conf import settings

from duly.agencies.models import Agency
from duly.borrowing.sealed import unseal
from duly.contact.carriers import Parcel
from duly.contact.channels.letter import BATCHES, Letter
from duly.contact.channels.port import Channel, Draft
from duly.contact.local_time import lender_date
from duly.contact.models import PlannedContact
from duly.contact.owed import Owed
from duly.contact.own_page import own_page_address
from duly.contact.wording import Template, money_in_words
from duly.identity.services import Issued
from duly.people.languages import date_in_words, language_of
from duly.people.models import Borrower

_FALLBACK_NAME = {"en": "customer", "zh": "尊敬的客户"}
_LINE = {
    "en": "- Loan {reference}: {amount}, due on {due_on}",
    "zh": "- 借款 {reference}：{amount}，到期日{due_on}",
}


def compose(
    planned: PlannedContact,
    channel: Channel,
    template: Template,
    owed: Sequence[Owed],
    issued: Issued,
    now: datetime.datetime,
) -> Parcel:
    """The message of `planned` about the loans in `owed`, as it leaves by `channel`. Raises AddressError.

    Its names are fixed by the planned contact, whoever writes it and however often; `issued` is the code by which the
    borrower finds out that it is genuine.
    """
    borrower, number = planned.borrower, contact_number(planned)
    words = {
        **words_about(borrower, template, owed, planned.language),
        **speaker(planned.agency, planned.language),
        **(planned.words or {}),
        "contact_number": number,
        "verify_code": issued.code,
        "verify_page": verify_page(),
        "verify_link": issued.url,
    }
    subject, body = template.render(planned.language, words)
    draft = Draft(
        to=channel.address_of(borrower),
        name=borrower.name,
        postal_address=borrower.address,
        language=planned.language,
        subject=subject,
        body=body,
        message_id=f"<{_digest(planned)[:32]}@{settings.DULY_LENDER_EMAIL.rpartition('@')[2]}>",
        number=number,
        written_at=now,
        qr_code=issued.svg if isinstance(channel, Letter) else "",
    )
    content = unseal(planned.paper) if planned.paper else channel.content(draft)
    name = f"{planned.pk:09d}-{_digest(planned)[:12]}{channel.suffix}"
    if isinstance(channel, Letter):
        name = f"{BATCHES}/{lender_date(now)}/{name}"
    return Parcel(name, draft.message_id, draft.to, subject, body, content)


def contact_number(planned: PlannedContact) -> str:
    """The number that a message names, by which the borrower and the lender know it."""
    return _digest(planned)[:12]


def script(
    borrower: Borrower, template: Template, owed: Sequence[Owed], number: str, agency: Agency | None = None
) -> str:
    """What a person says on the telephone, for the lender or `agency`, by a template of the channel `voice`, in the
    borrower's language.

    `number` is what they read out when asked (identity.calling.spoken_number, once the call goes on).
    """
    language = language_of(borrower.language)
    words = {**words_about(borrower, template, owed, language), **speaker(agency, language)}
    words |= {"contact_number": number, "verify_code": number, "verify_page": verify_page()}
    return template.render(language, words)[1]


def verify_page() -> str:
    """The public page on which anybody finds out whether a contact is genuine."""
    return f"{settings.DULY_PUBLIC_URL.rstrip('/')}/verify"


def words_about(borrower: Borrower, template: Template, owed: Sequence[Owed], language: str) -> dict[str, str]:
    """What a template may say of a borrower and of what they owe; of no loan, nothing about amounts and dates."""
    words = {"name": borrower.name or _FALLBACK_NAME[language], "own_page": own_page_address(borrower.pk)}
    if not owed:
        return words
    lines, totals = [], dict[str, int]()
    for one in owed:
        amount, due_on = amount_and_date(one, template.about)
        totals[one.currency] = totals.get(one.currency, 0) + amount
        lines.append(
            _LINE[language].format(
                reference=one.reference,
                amount=money_in_words(amount, one.currency),
                due_on=date_in_words(due_on, language),
            )
        )
    first_due_on = min(amount_and_date(one, template.about)[1] for one in owed)
    return {
        **words,
        "due_on": date_in_words(first_due_on, language),
        "loans": "\n".join(lines),
        "total": " + ".join(money_in_words(amount, currency) for currency, amount in totals.items()),
    }


def amount_and_date(owed: Owed, about: str) -> tuple[int, datetime.date]:
    """What the message asks for, in minor units, and the due date that it belongs to."""
    due_on = owed.next_due_on if about == "due_soon" else owed.oldest_unpaid_due_on
    if due_on is None:
        raise ValueError(f"loan {owed.reference} has nothing {about} to write about")
    return (owed.next_due_amount if about == "due_soon" else owed.overdue), due_on


def speaker(agency: Agency | None, language: str) -> Mapping[str, str]:
    """Who speaks: the lender, and the agency where it is one."""
    if agency is None:
        return _lender()
    name = agency.name_zh or agency.name if language == "zh" else agency.name
    return {
        **_lender(),
        "agency": name,
        "agency_licence": agency.licence,
        "agency_phone": agency.telephone,
        "agency_email": agency.email,
    }


def _lender() -> dict[str, str]:
    return {
        "lender": settings.DULY_LENDER,
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
        "address": settings.DULY_LENDER_ADDRESS,
    }


def _digest(planned: PlannedContact) -> str:
    return hashlib.sha256(planned.idempotency_key.encode()).hexdigest()
