"""Products of lines: a version is added by two people, never edited, and lines keep theirs."""

import pytest
from applicants import TERMS
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from duly.borrowing.models import LineProduct
from duly.borrowing.products import add_version, differences, lending_product, propose_version
from duly.engine.errors import InputError
from duly.people import approvals

DEARER = TERMS | {"fees": {"upfront_rate": "0.005", "service_rate": "0.02"}}


def test_a_version_is_added_once_another_person_agrees(product, underwriters):
    ann, ben = underwriters
    waiting = propose_version("cash-line", "Cash line", "现金额度", DEARER, ann)
    assert LineProduct.objects.count() == 1
    with pytest.raises(PermissionDenied):
        approvals.approve(waiting, ann)
    approvals.approve(waiting, ben)
    newest = LineProduct.objects.latest("pk")
    assert (newest.version, newest.added_by, newest.approved_by) == (2, "ann", "ben")
    assert differences(product, newest) == [("/fees/service_rate", "0.01", "0.02")]


def test_the_same_terms_again_are_the_version_that_is_there(product, today):
    assert add_version("cash-line", "Cash line", "现金额度", TERMS, today, added_by="ann") == product


def test_a_version_is_never_edited(product):
    with pytest.raises(DatabaseError), transaction.atomic():
        LineProduct.objects.filter(pk=product.pk).update(terms=DEARER)


def test_a_line_keeps_the_terms_that_it_was_opened_with(line, today):
    add_version("cash-line", "Cash line", "现金额度", DEARER, today, added_by="ann", approved_by="ben")
    line.refresh_from_db()
    assert line.product.terms == TERMS


def test_a_contracts_product_is_made_once_with_the_penalty_that_follows_its_rate(product):
    made = lending_product(product, "equal_installment", 144_000)
    assert made == lending_product(product, "equal_installment", 144_000)
    assert made.terms["penalty"] == {"grace_days": 3, "annual_rate": "0.216"}
    assert made != lending_product(product, "equal_installment", 150_000)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"penalty_times_rate": "1.6"}, "/penalty_times_rate"),
        ({"penalty_times_rate": "1.2"}, "/penalty_times_rate"),
        ({"currency": "XYZ"}, "/currency"),
    ],
)
def test_what_the_law_or_the_engine_does_not_allow_cannot_be_proposed(change, where, underwriters):
    with pytest.raises(InputError) as refused:
        propose_version("cash-line", "Cash line", "现金额度", TERMS | change, underwriters[0])
    assert refused.value.where == where


def test_fewer_days_to_withdraw_than_the_law_gives_are_refused(underwriters, settings):
    settings.DULY_PACKS = ["eu"]
    with pytest.raises(InputError) as refused:
        propose_version("cash-line", "Cash line", "现金额度", TERMS, underwriters[0])
    assert (refused.value.where, refused.value.what) == (
        "/contract/cooling_off_days",
        "the law gives 14 days to withdraw",
    )
