"""People who apply to the demonstration lender: applications in every state, lines, drawdowns, a product to apply for.

Everything is done by the very functions that the pages call, at times of the last days. Again it does nothing.
"""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from duly.borrowing.applying import (
    ask_for_review,
    begin_application,
    expire_applications,
    save_answers,
    submit,
    withdraw_application,
)
from duly.borrowing.drawing import ask_to_sign, draw, sign
from duly.borrowing.id_numbers import check_character
from duly.borrowing.inputs import record_checks
from duly.borrowing.lines import change_limit, freeze, open_line
from duly.borrowing.models import Application
from duly.borrowing.paying_out import disburse, payment_key
from duly.borrowing.products import add_version
from duly.contact.local_time import lender_date
from duly.demo.bureau import facts_of, statements
from duly.payments.accounts import add_account
from duly.payments.models import OutgoingPayment
from duly.payments.outgoing import mark_sent
from duly.people import consents
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles
from duly.people.services import register_borrower

HOUR = datetime.timedelta(hours=1)
CODE = "cash-line"
GOOD = 0  # the record of cards that these applicants have; whoever comes by the pages gets what the bureau says
TERMS: dict[str, Any] = {
    "currency": "CNY",
    "amount": {"least": "500.00", "most": "50000.00", "step": "100.00"},
    "installments": [3, 6, 12],
    "methods": ["equal_installment", "equal_principal"],
    "fees": {"upfront_rate": "0", "service_rate": "0.006"},
    "contract": {"every": "1 month", "cooling_off_days": 3, "penalty": {"grace_days": 3}},
    "line_months": 12,
    "one_person_limit": "20000.00",
}


@dataclass(frozen=True)
class Applicant:
    """Somebody who applies: hours ago, monthly income in major units, and what becomes of it."""

    number: int
    hours_ago: int
    income: int
    ends: str
    student: bool = False
    verified: bool | None = True


APPLICANTS = (
    Applicant(1, 2, 9000, "begun"),
    Applicant(2, 30, 7000, "begun"),
    Applicant(3, 5, 11000, "decided", verified=None),
    Applicant(4, 29, 8200, "decided", verified=False),
    Applicant(5, 81, 15000, "decided", verified=None),
    Applicant(6, 20, 3000, "decided", student=True),
    Applicant(7, 44, 1900, "decided"),
    Applicant(8, 26, 8600, "review", student=True),
    Applicant(9, 12, 14000, "decided"),
    Applicant(10, 60, 9500, "withdrawn"),
    Applicant(11, 24 * 33, 9000, "expired"),
    Applicant(12, 50, 16000, "line"),
    Applicant(13, 74, 13000, "drawn"),
    Applicant(14, 98, 18000, "paid out"),
    Applicant(15, 120, 12000, "frozen"),
)


def receive_applications(now: datetime.datetime) -> None:
    """Make the product, the applicants, and what became of them, where they are not there yet."""
    add_version(
        CODE,
        "Cash line",
        "现金额度",
        TERMS,
        lender_date(now),
        added_by="simulated risk",
        approved_by="simulated finance",
    )
    known = set(Borrower.objects.filter(reference__startswith="applicant-").values_list("reference", flat=True))
    for applicant in APPLICANTS:
        if _reference(applicant) not in known:
            _apply(applicant, now)
    expire_applications(now, lender_date(now))


def _apply(applicant: Applicant, now: datetime.datetime) -> None:
    at = now - applicant.hours_ago * HOUR
    borrower = register_borrower(
        reference=_reference(applicant),
        phone=f"+86 138 0000 00{applicant.number:02d}",
        email=f"applicant-{applicant.number:02d}@people.example",
        language="zh" if applicant.number % 3 else "en",
        time_zones="Asia/Shanghai",
    )
    application = begin_application(borrower, CODE, borrower.language, at)
    sections = list(_answers(applicant).items())
    for section, answers in sections[:1] if applicant.ends in ("begun", "expired") else sections:
        save_answers(application, section, answers, at)
    if applicant.ends == "withdrawn":
        withdraw_application(application, at + HOUR)
    if applicant.ends in ("begun", "expired", "withdrawn"):
        return
    number = _answers(applicant)["identity"]["id_number"]
    record_checks(application, facts_of(number) | statements(GOOD) | {"income_verified": applicant.verified}, at)
    submit(application, at, lender_date(at))
    if applicant.ends == "review":
        ask_for_review(application, "我上个月已经毕业，现在有固定工作。", at + HOUR)
    elif applicant.ends != "decided":
        _borrow(applicant, application, borrower, at, now)


def _borrow(
    applicant: Applicant, application: Application, borrower: Borrower, at: datetime.datetime, now: datetime.datetime
) -> None:
    line = open_line(application, lender_date(at), at + HOUR)
    today = lender_date(now)
    if applicant.ends == "frozen":
        clerk = simulated_clerk()
        change_limit(line, 8000_00, "income_fell", clerk, lender_date(at))
        freeze(line, "late_elsewhere", clerk.get_username(), today)
    if applicant.ends not in ("drawn", "paid out"):
        return
    for purpose in consents.needed_for("drawdown"):
        consents.give(borrower, purpose, borrower.language)
    add_account(borrower, f"62220000000000{applicant.number:02d}", holder=borrower.name)
    drawdown = draw(line, 5000_00, 6, "equal_installment", key=f"simulated {applicant.number}", at=now, on=today)
    if applicant.ends == "drawn":
        return
    ask_to_sign(drawdown, borrower.language, now)
    sign(drawdown, borrower.language, _code_sent(borrower.phone), now)
    disburse(drawdown, now, today)
    drawdown.refresh_from_db()
    mark_sent(OutgoingPayment.objects.get(key=payment_key(drawdown)), today, reference="simulated")


def _reference(applicant: Applicant) -> str:
    return f"applicant-{applicant.number:02d}"


def simulated_clerk() -> User:
    """The underwriter who did what was done by hand in the demonstration; nobody can sign in as them."""
    user, made = User.objects.get_or_create(username="simulated-underwriter", defaults={"is_active": False})
    if made:
        user.set_unusable_password()
        user.save()
        give_roles(user, Role.UNDERWRITER)
    return user


def _answers(applicant: Applicant) -> dict[str, dict[str, Any]]:
    born = datetime.date(1984 + applicant.number, 1 + applicant.number % 12, 10)
    # 99 is no province: the number is nobody's.
    digits = f"990000{born:%Y%m%d}{applicant.number:03d}"
    return {
        "identity": {
            "name": f"Applicant {applicant.number:02d}"
            if applicant.number % 3 == 0
            else f"申请人{applicant.number:02d}",
            "id_number": digits + check_character(digits),
            "birth_date": born.isoformat(),
            "phone": f"+86 138 0000 00{applicant.number:02d}",
            "address": f"示例路 {applicant.number} 号",
            "is_student": applicant.student,
        },
        "income": {
            "employment": "student" if applicant.student else "employed",
            "monthly_income": str(applicant.income),
            "monthly_spending": str(applicant.income // 3),
            "monthly_debt_payments": "600" if applicant.number % 2 else "0",
            "total_debt": "4000" if applicant.number % 2 else "0",
        },
        "purpose": {"purpose": "household", "requested_amount": "5000.00", "requested_installments": "6"},
        "consents": dict.fromkeys(consents.needed_for("application"), True),
    }


def _code_sent(phone: str) -> str:
    # The demonstration has no telephone: the code is read where the message was put.
    messages = sorted(Path(settings.DULY_OUTBOX).glob("*.sms"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for message in messages:
        head, _, text = message.read_text(encoding="utf-8").partition("\n")
        found = re.search(r"(?<!\d)\d{6}(?!\d)", text)
        if phone in head and found:
            return found[0]
    raise LookupError("no code was sent")
