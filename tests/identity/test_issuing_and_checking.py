"""Who is behind a code: genuine, no longer good, or not ours; and what an attacker learns, which is nothing."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duly.agencies.models import Agency, Mandate
from duly.identity import keys
from duly.identity.codes import new_code
from duly.identity.models import IssuedCode, SigningKey, Try
from duly.identity.services import (
    GOOD_FOR,
    TRIES_OF_A_CODE,
    TRIES_OF_ONE,
    Checked,
    Verdict,
    check,
    issue,
    revoke,
    signed_by_us,
)
from duly.people.models import Borrower

NOON = datetime.datetime(2026, 3, 10, 4, tzinfo=datetime.UTC)
A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def somebody(db) -> Borrower:
    return Borrower.objects.create(reference="B-0001", phone="+8613800000012")


@pytest.fixture
def agency(db) -> Agency:
    return Agency.objects.create(
        code="a1", name="Agency 1", licence="L", telephone="+862100000001", email="a@agency.example"
    )


@pytest.fixture
def mandate(agency: Agency) -> Mandate:
    on = NOON.date()
    return Mandate.objects.create(
        number="M-1", agency=agency, begins_on=on - A_DAY, ends_on=on + 30 * A_DAY, channels=["letter"]
    )


def asked(code: str, digits: str = "0012", at: datetime.datetime = NOON, of: str = "192.0.2.1") -> Checked:
    return check(code, digits, at, asked_from=of)


def test_in_house_it_is_genuine_and_says_how_and_when(somebody: Borrower) -> None:
    code = issue(somebody, "sms", "reminder", NOON).code
    said = asked(code.lower())
    assert (said.verdict, said.channel, said.purpose, said.issued_at) == (Verdict.GENUINE, "sms", "reminder", NOON)
    assert said.agency is None


def test_of_an_agency_it_names_it_and_its_mandate(somebody: Borrower, agency: Agency, mandate: Mandate) -> None:
    code = issue(somebody, "letter", "notice", NOON, agency=agency, mandate=mandate).code
    said = asked(code)
    assert (said.verdict, said.agency, said.mandate) == (Verdict.GENUINE, agency, mandate)


def test_a_code_goes_with_the_number_it_was_sent_to(somebody: Borrower) -> None:
    code = issue(somebody, "sms", "locate", NOON, telephone_digits="+8613900009999").code
    assert asked(code, "9999").verdict == Verdict.GENUINE
    assert asked(code, "0012").verdict == Verdict.NOT_OURS


def test_unknown_forged_and_anothers_codes_look_the_same_and_cost_the_same(somebody: Borrower) -> None:
    issue(somebody, "sms", "reminder", NOON)
    anothers = issue(Borrower.objects.create(reference="B-2", phone="+8613900009999"), "sms", "reminder", NOON).code
    answers, costs = set(), set()
    for code, digits in [(new_code(), "0012"), ("nonsense", "0012"), (anothers, "0012"), (anothers, ""), ("", "")]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answers.add(asked(code, digits))
        costs.add(len(queries))
    assert answers == {Checked(Verdict.NOT_OURS)}
    assert len(costs) == 1


def test_expired_revoked_and_recalled_codes_were_ours_and_are_no_longer_good(
    somebody: Borrower, agency: Agency, mandate: Mandate
) -> None:
    old = issue(somebody, "sms", "reminder", NOON - datetime.timedelta(days=GOOD_FOR["sms"])).code
    closed = issue(somebody, "sms", "reminder", NOON).code
    recalled = issue(somebody, "letter", "notice", NOON, agency=agency, mandate=mandate).code
    assert asked(old).why == "expired"
    revoke(NOON, "recalled", agency=agency, borrower_ids=[somebody.pk])
    assert (asked(recalled).verdict, asked(recalled).why) == (Verdict.NO_LONGER, "recalled")
    assert asked(closed).verdict == Verdict.GENUINE
    revoke(NOON, "closed", borrower_ids=[somebody.pk])
    assert (asked(closed).verdict, asked(closed).why) == (Verdict.NO_LONGER, "closed")
    with pytest.raises(ValueError, match="name"):
        revoke(NOON, "everything")


def test_with_its_mandate_every_code_of_an_agency_ends(somebody: Borrower, agency: Agency, mandate: Mandate) -> None:
    code = issue(somebody, "letter", "notice", NOON, agency=agency, mandate=mandate).code
    agency.suspended_at = NOON + A_DAY
    agency.save()
    assert asked(code).verdict == Verdict.GENUINE
    assert asked(code, at=NOON + A_DAY).why == "mandate"


def test_after_many_wrong_tries_one_has_to_wait_and_others_have_not(somebody: Borrower) -> None:
    code = issue(somebody, "sms", "reminder", NOON).code
    for _ in range(TRIES_OF_ONE):
        assert asked(new_code(), of="198.51.100.7").verdict == Verdict.NOT_OURS
    assert asked(code, of="198.51.100.7").verdict == Verdict.WAIT
    assert asked(code).verdict == Verdict.GENUINE
    assert asked(code, at=NOON + A_DAY, of="198.51.100.7").verdict == Verdict.GENUINE


def test_nobody_tries_the_digits_of_a_code_one_after_another(somebody: Borrower) -> None:
    code = issue(somebody, "letter", "notice", NOON).code
    for number in range(TRIES_OF_A_CODE):
        assert asked(code, f"{number:04}", of=f"192.0.2.{number}").verdict == Verdict.NOT_OURS
    assert asked(code, "0012", of="203.0.113.9").verdict == Verdict.WAIT
    assert asked(code, "0012", at=NOON + A_DAY).verdict == Verdict.GENUINE


def test_what_is_kept_of_a_try_says_neither_who_nor_what(somebody: Borrower) -> None:
    code = issue(somebody, "sms", "reminder", NOON).code
    asked(code, "0012")
    kept = " ".join(map(str, Try.objects.values_list("from_index", "code_index").get()))
    assert "192.0.2.1" not in kept
    assert code.replace("-", "") not in kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, code_index, proof FROM identity_issuedcode")
        assert code.replace("-", "") not in str(cursor.fetchall())


def test_a_token_is_signed_by_us_until_it_expires_or_its_key_is_given_up(somebody: Borrower) -> None:
    issued = issue(somebody, "letter", "notice", NOON)
    statement = signed_by_us(issued.token, NOON)
    assert statement is not None
    assert (statement.channel, statement.issued) == ("letter", int(NOON.timestamp()))
    assert issued.token in issued.url
    assert "<svg" in issued.svg
    assert signed_by_us(issued.token, NOON + datetime.timedelta(days=GOOD_FOR["letter"])) is None
    assert signed_by_us(issued.token[:-4] + "AAAA", NOON) is None
    keys.rotate(NOON)
    assert signed_by_us(issued.token, NOON) is not None
    keys.give_up(statement.key_id, NOON)
    assert signed_by_us(issued.token, NOON) is None
    assert asked(issued.code).why == "key"


def test_a_new_key_signs_and_the_old_private_halves_are_gone(db) -> None:
    first = keys.signing_key()
    assert keys.signing_key() == first
    second = keys.rotate(NOON)
    assert keys.signing_key() == second != first
    assert SigningKey.objects.get(pk=first.pk).private_key == ""
    assert [(one["kid"], one["state"]) for one in keys.published()["keys"]] == [
        (second.key_id, "signing"),
        (first.key_id, "retired"),
    ]
    assert second.private_key not in str(keys.published())


def test_codes_are_never_twice_the_same(somebody: Borrower) -> None:
    assert len({issue(somebody, "sms", "reminder", NOON).code for _ in range(200)}) == 200
    assert IssuedCode.objects.count() == 200
