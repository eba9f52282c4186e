"""A payment that brings a loan up to date stops the message that was planned; one that does not, stops none."""

import datetime
import time

import pytest
from django.utils import timezone

from duly.collection.money_in import stop_contacts
from duly.contact.models import PlannedContact
from duly.contact.wording import templates
from duly.payments.incoming import receive
from small_lender import borrower, loan

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def planned(about, template: str = "late_3") -> PlannedContact:
    contact = PlannedContact.objects.create(
        idempotency_key=f"{template}-{about.reference}",
        borrower=about.borrower,
        channel=templates()[template].channel,
        template=template,
        language="en",
        purpose="reminder",
        planned_for=timezone.now() + datetime.timedelta(hours=3),
        expires_at=timezone.now() + datetime.timedelta(days=1),
    )
    contact.loans.add(about)
    return contact


@pytest.mark.parametrize(("amount", "status"), [(2_000_00, "cancelled"), (10_00, "planned")])
def test_only_money_that_ends_the_lateness_stops_the_message(django_capture_on_commit_callbacks, amount, status):
    one, other = (loan(borrower(), TODAY - datetime.timedelta(days=3)) for _ in range(2))
    about, elsewhere = planned(one), planned(other)
    with django_capture_on_commit_callbacks(execute=True):
        receive("test", f"M{amount}", amount, "CNY", TODAY, method="api", loan=one.reference)
    about.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (about.status, elsewhere.status) == (status, "planned")
    assert about.why == ("paid" if status == "cancelled" else "")


def test_a_payment_stops_every_channel_within_a_second(django_capture_on_commit_callbacks):
    one = loan(borrower(), TODAY - datetime.timedelta(days=3))
    for template in ("late_3", "late_3_sms", "late_3_app", "formal_notice_letter", "promise_reminder"):
        planned(one, template)
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        receive("test", "M", 2_000_00, "CNY", TODAY, method="api", loan=one.reference)
    assert time.monotonic() - began < 1
    assert set(PlannedContact.objects.values_list("status", "why")) == {("cancelled", "paid")}


def test_where_nothing_is_planned_it_takes_one_query(django_assert_num_queries):
    one = loan(borrower(), TODAY)
    with django_assert_num_queries(1):
        assert stop_contacts({one.pk}) == 0


def test_in_bulk_it_is_the_same_in_as_few_queries(django_assert_num_queries):
    one = loan(borrower(), TODAY - datetime.timedelta(days=3))
    many = frozenset({one.pk, *range(10**9, 10**9 + 2000)})
    with django_assert_num_queries(1):
        assert stop_contacts(many) == 0
    about = planned(one)
    receive("test", "M", 2_000_00, "CNY", TODAY, method="api", loan=one.reference)
    assert stop_contacts(many) == 1
    about.refresh_from_db()
    assert about.status == "cancelled"
