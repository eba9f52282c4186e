"""What the policy refers is decided by people: taken by one, within their authority, or with a second person."""

import pytest
from django.core.exceptions import PermissionDenied

from duly.borrowing.applying import ask_for_review
from duly.borrowing.by_hand import Verdict, decide_by_hand, put_back, take, waiting_approval
from duly.borrowing.models import Application
from duly.engine.errors import InputError
from duly.people import approvals

UNCHECKED = {"name": "Borrower unchecked"}
APPROVE = Verdict("approved", 15000_00, "N", ["income_shown"], "Payslips of three months.")
REFUSE = Verdict("refused", 0, "", ["income_not_shown"])


@pytest.fixture
def referred(apply) -> Application:
    return apply(identity=UNCHECKED)


def test_one_takes_it_and_nobody_else_can(referred, underwriters, now):
    ann, ben = underwriters
    take(referred, ann, now)
    with pytest.raises(InputError):
        take(referred, ben, now)
    with pytest.raises(InputError):
        put_back(referred, ben, now)
    put_back(referred, ann, now)
    take(referred, ben, now)
    assert referred.taken_by == "ben"


def test_nobody_decides_what_they_have_not_taken(referred, underwriters, now, today):
    with pytest.raises(InputError):
        decide_by_hand(referred, underwriters[0], APPROVE, now, today)


def test_one_person_approves_within_their_authority(referred, underwriters, now, today):
    take(referred, underwriters[0], now)
    decision = decide_by_hand(referred, underwriters[0], APPROVE, now, today)
    # The income was not verified: the policy counts half of it, and would give 18,000.00.
    assert referred.decisions.order_by("pk").first().papers.content["review"]["proposed_limit"] == 18000_00
    assert (decision.outcome, decision.limit, decision.annual_rate) == ("approved", 15000_00, 144_000)
    assert (decision.decided_by, decision.approved_by, decision.against_policy) == ("ann", "", False)
    assert decision.papers.content["note"] == "Payslips of three months."
    assert (referred.state, referred.waiting_since) == ("approved", None)


def test_one_person_refuses_with_reasons(referred, underwriters, now, today):
    take(referred, underwriters[0], now)
    decision = decide_by_hand(referred, underwriters[0], REFUSE, now, today)
    assert decision.reasons[0]["zh"] == "材料未能证明所填收入"
    assert referred.state == Application.State.REFUSED


@pytest.mark.parametrize("limit", [20000_01, 18000_01])
def test_above_the_authority_or_the_policy_needs_a_second_person(limit, referred, underwriters, now, today):
    ann, ben = underwriters
    take(referred, ann, now)
    assert decide_by_hand(referred, ann, Verdict("approved", limit, "N", ["income_shown"]), now, today) is None
    referred.refresh_from_db()
    assert referred.state == Application.State.REFERRED
    with pytest.raises(InputError):
        decide_by_hand(referred, ann, APPROVE, now, today)
    waiting = waiting_approval(referred)
    with pytest.raises(PermissionDenied):
        approvals.approve(waiting, ann)
    approvals.approve(waiting, ben)
    decision = referred.decisions.latest("pk")
    assert (decision.limit, decision.decided_by, decision.approved_by) == (limit, "ann", "ben")
    assert decision.against_policy
    referred.refresh_from_db()
    assert referred.state == Application.State.APPROVED


def test_approving_what_the_policy_refused_needs_a_second_person(apply, underwriters, now, today):
    refused = apply(identity={"is_student": True})
    ask_for_review(refused, "My studies are over.", now)
    ann, ben = underwriters
    take(refused, ann, now)
    small = Verdict("approved", 1000_00, "N", ["policy_does_not_fit"])
    assert decide_by_hand(refused, ann, small, now, today) is None
    approvals.approve(waiting_approval(refused), ben)
    assert refused.decisions.latest("pk").against_policy


def test_a_second_person_who_declines_leaves_it_with_the_first(referred, underwriters, now, today):
    ann, ben = underwriters
    take(referred, ann, now)
    decide_by_hand(referred, ann, Verdict("approved", 25000_00, "N", ["income_shown"]), now, today)
    approvals.decline(waiting_approval(referred), ben, "Too much for this income.")
    assert decide_by_hand(referred, ann, APPROVE, now, today).limit == 15000_00


@pytest.mark.parametrize(
    ("verdict", "where"),
    [
        (Verdict("approved", 15000_00, "N", []), "/reasons"),
        (Verdict("approved", 15000_00, "N", ["income_not_enough"]), "/reasons"),
        (Verdict("approved", 15000_00, "Z", ["income_shown"]), "/grade"),
        (Verdict("approved", 499_99, "N", ["income_shown"]), "/limit"),
        (Verdict("maybe", 15000_00, "N", ["income_shown"]), "/outcome"),
        (Verdict("refused", 0, "", ["income_shown"]), "/reasons"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_at_its_place(verdict, where, referred, underwriters, now, today):
    take(referred, underwriters[0], now)
    with pytest.raises(InputError) as refused:
        decide_by_hand(referred, underwriters[0], verdict, now, today)
    assert refused.value.where == where
