"""An application: saved as one goes, checked field by field, decided by the policy, and decided again the same."""

import datetime
from pathlib import Path

import pytest
from applicants import IDENTITY, TERMS
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import translation

from duly.borrowing.applying import (
    ask_for_review,
    begin_application,
    decide_waiting,
    expire_applications,
    save_answers,
    still_missing,
    submit,
    withdraw_application,
)
from duly.borrowing.deciding import replay, replays
from duly.borrowing.id_numbers import is_resident_number
from duly.borrowing.lines import open_line
from duly.borrowing.models import Answers, Application, Decision, DecisionPapers, KeptText
from duly.borrowing.products import add_version
from duly.engine.errors import InputError
from duly.people import consents
from duly.people.services import register_borrower

DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_are_identity_numbers(number):
    # Both are printed in GB 11643-1999 as examples.
    assert is_resident_number(number)


def test_any_changed_character_is_noticed():
    number = "11010519491231002X"
    for place in range(18):
        for other in "0123456789X":
            changed = number[:place] + other + number[place + 1 :]
            assert is_resident_number(changed) == (changed == number)


def test_answers_are_saved_as_one_goes_and_what_is_wrong_is_said_by_field(product, borrower, now):
    application = begin_application(borrower, "cash-line", "en", now)
    wrong = save_answers(application, "identity", {"name": "Borrower 12", "id_number": "110105194912310021"}, now)
    assert list(wrong) == ["id_number"]
    assert Answers.objects.get(application=application).content == {"name": "Borrower 12"}
    assert save_answers(application, "identity", {"id_number": IDENTITY["id_number"]}, now) == {}
    assert Answers.objects.get(application=application).content == {
        "name": "Borrower 12",
        "id_number": "11010519491231002X",
    }
    assert set(still_missing(application)["identity"]) == {"birth_date", "phone", "address", "is_student"}


def test_an_answer_that_will_not_do_any_more_is_not_kept(product, borrower, now):
    application = begin_application(borrower, "cash-line", "en", now)
    save_answers(application, "income", {"monthly_income": "1,234.50"}, now)
    assert Answers.objects.get(application=application).content == {"monthly_income": "1234.50"}
    assert list(save_answers(application, "income", {"monthly_income": "a lot"}, now)) == ["monthly_income"]
    assert Answers.objects.get(application=application).content == {}


def test_errors_are_in_the_language_of_the_page(product, borrower, now):
    application = begin_application(borrower, "cash-line", "zh", now)
    with translation.override("zh-hans"):
        wrong = save_answers(application, "income", {"monthly_income": "很多"}, now)
    assert wrong == {"monthly_income": "请填写金额，例如 8000 或 8000.50。"}


def test_the_birth_date_must_be_the_one_in_the_identity_number(product, borrower, now):
    application = begin_application(borrower, "cash-line", "en", now)
    assert list(save_answers(application, "identity", IDENTITY | {"birth_date": "1950-01-01"}, now)) == ["birth_date"]


def test_what_is_answered_is_not_readable_in_the_database(apply):
    apply(hand_in=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM borrowing_answers")
        raw = " ".join(str(row) for row in cursor.fetchall())
    assert "Borrower 12" not in raw
    assert "11010519491231002X" not in raw


def test_beginning_again_gives_the_one_that_is_open(product, borrower, now):
    first = begin_application(borrower, "cash-line", "en", now)
    assert begin_application(borrower, "cash-line", "en", now) == first


def test_it_cannot_be_handed_in_while_something_is_missing(product, borrower, now, today):
    application = begin_application(borrower, "cash-line", "en", now)
    save_answers(application, "identity", IDENTITY, now)
    with pytest.raises(InputError) as refused:
        submit(application, now, today)
    assert refused.value.where == "/income/employment"
    application.refresh_from_db()
    assert application.state == Application.State.BEGUN


def test_who_can_afford_it_is_approved_with_a_limit_and_a_rate(apply, today):
    application = apply()
    decision = application.decisions.get()
    assert (decision.outcome, decision.limit, decision.annual_rate) == ("approved", 30000_00, 144_000)
    assert decision.decided_by == ""
    assert decision.expires_on == today + 30 * DAY
    assert application.state == Application.State.APPROVED


def test_the_persons_record_and_consents_come_from_what_they_said(apply, borrower):
    apply()
    borrower.refresh_from_db()
    assert (borrower.name, borrower.birth_date) == ("Borrower 12", datetime.date(1949, 12, 31))
    assert consents.missing_for(borrower, "application") == []


def test_a_student_is_refused_with_the_reason_in_both_languages(apply):
    application = apply(identity={"is_student": True})
    decision = application.decisions.get()
    assert (decision.outcome, decision.limit, decision.expires_on) == ("refused", 0, None)
    assert [(one["code"], one["en"], one["zh"]) for one in decision.reasons] == [
        ("student", "The rules do not let us lend to students.", "按监管规定，我们不能向在校学生放贷。")
    ]


def test_what_is_not_known_is_looked_at_by_a_person(apply, now):
    application = apply(identity={"name": "Borrower unchecked"})
    assert application.state == Application.State.REFERRED
    assert application.waiting_since == now


def test_two_records_of_one_person_are_looked_at_by_a_person(apply, now):
    apply()
    other = register_borrower(phone="+86 139 0000 0000", language="en")
    application = apply(other, identity={"phone": "+86 139 0000 0000"})
    decision = application.decisions.get()
    assert (decision.outcome, [one["code"] for one in decision.reasons]) == ("referred", ["applied_twice"])
    assert replays(decision)


def test_a_decision_is_made_again_from_what_was_kept_whatever_has_changed_since(apply, settings, tmp_path):
    decision = apply().decisions.get()
    other = tmp_path / "other.toml"
    text = Path(settings.DULY_POLICY).read_text(encoding="utf-8")
    other.write_text(text.replace('cap = "30000.00"', 'cap = "9000.00"'), encoding="utf-8")
    settings.DULY_POLICY, settings.DULY_CHECKS = str(other), []
    assert replays(decision)
    assert replay(decision).limit == 30000_00
    # Every figure counts: the same papers with another income come to something else.
    papers = DecisionPapers.objects.get(decision=decision)
    papers.content["application"]["monthly_income"] = 3000_00
    papers.save()
    assert not replays(decision)


def test_a_policy_is_kept_once_however_often_it_is_used(apply):
    apply(register_borrower(phone="+86 137 0000 0001"))
    apply(register_borrower(phone="+86 137 0000 0002"))
    assert KeptText.objects.count() == 1


def test_a_decision_cannot_be_changed_or_taken_away(apply):
    decision = apply().decisions.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(limit=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk)._raw_delete("default")


def test_handed_in_twice_it_has_one_decision(apply, now, today):
    application = apply()
    assert submit(application, now, today) == application.decisions.get()


def test_one_that_cannot_be_decided_holds_up_no_other(apply, today, now):
    wrong, right = apply(hand_in=False), apply(register_borrower(phone="+86 138 0000 0001"), hand_in=False)
    euros = add_version("euro-line", "Euro line", "欧元额度", TERMS | {"currency": "EUR"}, today, added_by="ann")
    Application.objects.filter(pk=wrong.pk).update(product=euros, submitted_at=now - DAY)
    Application.objects.filter(pk=right.pk).update(submitted_at=now)
    Application.objects.update(state=Application.State.SUBMITTED)
    assert decide_waiting(now, today) == 1
    states = dict(Application.objects.values_list("pk", "state"))
    assert (states[wrong.pk], states[right.pk]) == ("submitted", "approved")


def test_who_is_refused_may_ask_for_a_person(apply, now):
    application = apply(identity={"is_student": True})
    ask_for_review(application, "My studies ended last month.", now)
    assert (application.state, application.waiting_since) == (Application.State.REFERRED, now)


def test_it_may_be_taken_back_until_it_is_decided(apply, now):
    application = apply(hand_in=False)
    withdraw_application(application, now)
    assert application.state == Application.State.WITHDRAWN
    with pytest.raises(InputError):
        withdraw_application(application, now)


def test_what_was_left_alone_expires(apply, now, today):
    left = apply(hand_in=False)
    assert expire_applications(now + 29 * DAY, today + 29 * DAY) == 0
    assert expire_applications(now + 31 * DAY, today + 31 * DAY) == 1
    left.refresh_from_db()
    assert left.state == Application.State.EXPIRED


def test_an_approval_that_nobody_took_expires(apply, now, today):
    application = apply()
    assert expire_applications(now, today + 30 * DAY) == 0
    with pytest.raises(InputError):
        open_line(application, today + 31 * DAY)
    assert expire_applications(now, today + 31 * DAY) == 1
    application.refresh_from_db()
    assert application.state == Application.State.EXPIRED
