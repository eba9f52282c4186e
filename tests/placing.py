"""Two agencies with mandates, borrowers who are late, and cases placed: what stories about placement begin with."""

import datetime

from django.contrib.auth.models import User

import small_lender as lender
from duly.agencies.models import Agency, Mandate
from duly.collection.models import Case, CaseStanding
from duly.collection.placement.models import Batch, Placement
from duly.collection.placement.rules import shipped_text
from duly.collection.placement.services import place
from duly.collection.services import open_case
from duly.lending.models import Loan
from duly.people.roles import Role, give_roles

DUE = datetime.date(2026, 3, 16)
ON = datetime.date(2026, 6, 1)  # 77 days late
NOW = lender.instant(ON, 4)
TERMS = {"tiers": [{"from_days": 1, "rate": 100_000}, {"from_days": 91, "rate": 200_000}], "rounding": "half_even"}


def rules(**changed: object) -> str:
    """The rules that come with Duly, with some lines in place of theirs."""
    lines = shipped_text()
    for name, value in changed.items():
        kept = [line for line in lines.splitlines() if not line.startswith(f"{name} =")]
        lines = "\n".join([*kept, f"{name} = {value}"])
    return lines


def agency(code: str, begins: datetime.date = DUE, ends: datetime.date = datetime.date(2027, 6, 1)) -> Agency:
    made = Agency.objects.create(
        code=code, name=f"Agency {code}", licence=f"L-{code}", telephone="+8610", email=f"{code}@agency.example"
    )
    Mandate.objects.create(
        number=f"M-{code}",
        agency=made,
        begins_on=begins,
        ends_on=ends,
        channels=["voice", "email"],
        purposes=["reminder", "notice"],
        data=["name", "phone"],
        commission=TERMS,
        notice_days=3,
    )
    return made


def person(name: str, *roles: Role) -> User:
    user = User.objects.create_user(name, is_staff=Role.AGENCY not in roles)
    give_roles(user, *roles)
    return user


def late_case(principal: int = 1_000_00, worth: int = 0, due_on: datetime.date = DUE, **of: object) -> Case:
    """A borrower with one loan that is late on ON, in a case."""
    borrower = lender.borrower(**of)
    loan = lender.loan(borrower, due_on, principal)
    case = open_case(borrower.pk, [loan.pk], due_on, "late")
    CaseStanding.objects.filter(case=case).update(oldest_due_on=due_on, overdue=principal, worth=worth or principal)
    return case


def loan_of(case: Case) -> Loan:
    return case.loans.get()


def batch_of(cases: list[Case], agency: Agency, by: User) -> Batch:
    return Batch.objects.create(
        rules=rules(), dealt=[[case.pk, agency.code] for case in cases], left_out={}, made_by=by, made_at=NOW
    )


def placed(case: Case, agency: Agency, now: datetime.datetime = NOW) -> Placement:
    maker = User.objects.get_or_create(username="maker")[0]
    other = User.objects.get_or_create(username="other")[0]
    (made,) = place(batch_of([case], agency, maker), other, now)
    return made
