"""Consents: what was agreed to, in which words, when, until it was withdrawn; and what the gate makes of it."""

import datetime
import hashlib

import pytest
from django.db import DatabaseError, transaction

import small_lender as small
from duly.contact.gate import ask_about, what_is_known
from duly.engine.errors import InputError
from duly.people import consents
from duly.people.models import ConsentEvent

NIGHT = small.instant(small.DUE, 15)  # 23:00 in Shanghai
NOON = small.instant(small.DUE, 4)
HOUR = datetime.timedelta(hours=1)

# The start of the SHA-256 of the words of each version that was ever released. A change of words is a new version.
RELEASED = {
    ("credit_check", 1): "9cb76e7e6c0088f6",
    ("data_use", 1): "6989020556a7ab96",
    ("credit_report", 1): "97b854e47d02de89",
    ("share_with_agency", 1): "9d3c06bbacf36248",
    ("contact_email", 1): "04df4f84d86be6a6",
    ("contact_sms", 1): "760ac2f9ae0cc7e9",
    ("contact_voice", 1): "77cb1a2546507999",
    ("hours", 1): "0e236884e15a3fdd",
    ("marketing", 1): "d2616420d886dcdd",
}


def test_words_that_people_agreed_to_are_never_edited():
    for (purpose, version), digest in RELEASED.items():
        [words] = [one for one in consents._documents()[purpose]["versions"] if one["version"] == version]
        text = "\n".join(f"{words[lang]['title']}\n{words[lang]['text']}" for lang in consents.LANGUAGES)
        assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest, (purpose, version)


def test_a_consent_is_kept_with_its_words_language_and_time(borrower):
    consents.give(borrower, "credit_check", "zh", 1, at=NOON)
    held = consents.given(borrower, "credit_check")
    assert (held.at, held.text.language, held.text.version) == (NOON, "zh", 1)
    assert held.text.title == "查询我的信用记录"
    assert hashlib.sha256(f"{held.text.title}\n{held.text.text}".encode()).hexdigest() == held.text.digest
    assert "[lender]" not in held.text.text


def test_withdrawn_it_holds_no_more_and_stays_on_record(borrower):
    consents.give(borrower, "marketing", "en", at=NOON)
    consents.withdraw(borrower, "marketing", at=NOON + HOUR)
    assert consents.given(borrower, "marketing") is None
    assert [event.given for event in ConsentEvent.objects.order_by("at")] == [True, False]
    consents.give(borrower, "marketing", "en", at=NOON + 2 * HOUR)
    assert consents.given(borrower, "marketing").at == NOON + 2 * HOUR


def test_saying_it_again_changes_nothing(borrower):
    first = consents.give(borrower, "marketing", "en", at=NOON)
    assert consents.give(borrower, "marketing", "zh", at=NOON + HOUR) == first
    assert ConsentEvent.objects.count() == 1


def test_what_was_agreed_to_cannot_be_rewritten(borrower):
    consents.give(borrower, "marketing", "en")
    for change in (
        lambda: ConsentEvent.objects.update(given=False),
        lambda: ConsentEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize("wrong", [("nothing", "en", None), ("marketing", "fr", None), ("marketing", "en", 99)])
def test_nobody_agrees_to_words_that_are_not_there(borrower, wrong):
    with pytest.raises(InputError):
        consents.give(borrower, *wrong)


def test_every_text_is_there_in_both_languages_and_says_who():
    for purpose in consents.purposes():
        for language in consents.LANGUAGES:
            text = consents.text_of(purpose, language)
            assert text.title
            assert "[" not in text.text


def test_an_application_needs_what_it_needs(borrower, django_assert_num_queries):
    assert consents.missing_for(borrower, "application") == ["credit_check", "data_use"]
    for purpose in ("credit_check", "data_use"):
        consents.give(borrower, purpose, "en")
    with django_assert_num_queries(1):
        assert consents.missing_for(borrower, "application") == []
    with django_assert_num_queries(1):
        assert {one.text.purpose: one.given for one in consents.consents_of(borrower, "zh")}["data_use"]


def allowed(borrower, channel: str, at: datetime.datetime):
    known = what_is_known([borrower.pk], at)
    return ask_about(borrower, channel, "reminder", known[borrower.pk], 0, at)


def test_consent_to_the_hours_lifts_the_hours_for_as_long_as_it_holds(db, settings):
    settings.DULY_PACKS = ["us"]
    one = small.borrower(time_zones="America/New_York")
    at = datetime.datetime(2026, 3, 17, 3, tzinfo=datetime.UTC)  # 23:00 in New York
    assert not allowed(one, "email", at).allowed
    consents.give(one, "hours", "en", at=at - HOUR)
    assert allowed(one, "email", at).allowed
    consents.withdraw(one, "hours", at=at - HOUR / 2)
    assert not allowed(one, "email", at).allowed


def test_a_channel_that_the_borrower_has_taken_back_is_not_used(db):
    one = small.borrower()
    assert allowed(one, "email", NOON).allowed
    consents.give(one, "contact_email", "en", at=NOON - 3 * HOUR)
    assert allowed(one, "email", NOON).allowed
    consents.withdraw(one, "contact_email", at=NOON - HOUR)
    refused = allowed(one, "email", NOON)
    assert not refused.allowed
    assert refused.inputs["person"]["preferences"] == {"refused_channels": ["email"]}
    assert allowed(one, "email", NOON - 2 * HOUR).allowed


def test_a_whole_book_costs_one_query_more(db, django_assert_max_num_queries):
    many = [small.borrower() for _ in range(20)]
    for one in many[:10]:
        consents.give(one, "hours", "en", at=NOON)
    with django_assert_max_num_queries(3):
        known = what_is_known([one.pk for one in many], NOON)
    assert sum(bool(one.consents()) for one in known.values()) == 10
