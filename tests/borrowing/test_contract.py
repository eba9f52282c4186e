"""The contract on paper: every figure in it is the engine's, its bytes never change, and its signature binds it."""

import datetime
import hashlib
import io
import re

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from duly.borrowing import papers
from duly.borrowing.drawing import (
    ask_to_sign,
    contract_document,
    draw,
    give_up,
    make_contract,
    quote_of_drawdown,
    sign,
)
from duly.borrowing.lines import freeze
from duly.borrowing.models import Contract, Drawdown, Signature
from duly.borrowing.papers.contract import extra_for_late
from duly.borrowing.papers.settled import settled_letter
from duly.engine.errors import InputError
from duly.engine.facts import Fact
from duly.engine.position import position
from duly.lending.services import disburse_loan, record_payment
from duly.people import consents

DAY = datetime.timedelta(days=1)


def text_of(paper: bytes) -> str:
    """All text of a PDF in reading order, spaces evened out."""
    pages = PdfReader(io.BytesIO(paper)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def amount(minor: int) -> str:
    return f"{minor // 100:,}.{minor % 100:02d}"


@pytest.fixture
def drawn(line, now, today) -> Drawdown:
    return draw(line, 5000_00, 6, "equal_installment", key="one", at=now, on=today)


@pytest.fixture
def agreed(drawn) -> Drawdown:
    """A drawdown whose borrower has agreed to what a drawdown needs."""
    for purpose in consents.needed_for("drawdown"):
        consents.give(drawn.line.borrower, purpose, "en")
    return drawn


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_of_the_paper_is_the_engines(drawn, language):
    text = text_of(contract_document(drawn, language))
    quote = quote_of_drawdown(drawn)
    squeezed = text.replace(" ", "")
    figures = [quote.amount, quote.paid_out, quote.interest, quote.upfront_fee, quote.service_fee, quote.total]
    for figure in [*figures, quote.cost, quote.most_due, extra_for_late(quote.contract, 10)]:
        assert f"CNY{amount(figure)}" in squeezed
    assert f"{quote.apr / 10_000:.2f}%" in squeezed
    assert "14.40%" in squeezed
    assert "21.60%" in squeezed
    for one in quote.installments:
        row = [one.principal, one.interest, one.fee, one.total, one.balance_after]
        day = (
            f"{one.due_on.day}{one.due_on:%B%Y}"
            if language == "en"
            else f"{one.due_on.year}年{one.due_on.month}月{one.due_on.day}日"
        )
        assert day + "".join(amount(figure) for figure in row) in squeezed


def test_the_first_page_says_all_that_matters_and_fits_on_it(drawn):
    first = re.sub(r"\s+", " ", PdfReader(io.BytesIO(contract_document(drawn, "en"))).pages[0].extract_text())
    for said in (
        "You borrow",
        "You receive",
        "All costs together",
        "You pay back in all",
        "If you pay late",
        "Example",
        "If you change your mind",
        "If you are not content",
        "Who may contact you",
    ):
        assert said in first
    assert "What you pay, and when" not in first


def test_the_example_of_paying_late_is_what_the_fold_charges(drawn):
    contract = quote_of_drawdown(drawn).contract
    first = quote_of_drawdown(drawn).installments[0]
    facts = [
        Fact(kind="disbursed", value_date=contract.disbursed_on, amount=contract.principal),
        Fact(kind="paid", value_date=first.due_on + 10 * DAY, amount=first.total),
    ]
    left = position(contract, facts, first.due_on + 10 * DAY)
    # 21.6% on the principal overdue for ten days, by hand: half even to the cent.
    by_hand = round(first.principal * 0.216 * 10 / 365)
    assert extra_for_late(contract, 10) == by_hand == sum(left.overdue.values())


def test_the_same_figures_give_the_same_bytes_and_other_figures_others(drawn, line, now, today):
    kept = make_contract(drawn, "en", now)
    assert hashlib.sha256(contract_document(drawn, "en")).hexdigest() == kept.sha256
    again = papers.contract.contract_paper(
        drawn.reference,
        line.reference,
        str(line.product),
        "Borrower 12",
        "11010519491231002X",
        quote_of_drawdown(drawn),
        30,
        "en",
    )
    assert again == contract_document(drawn, "en")
    other = papers.contract.contract_paper(
        drawn.reference,
        line.reference,
        str(line.product),
        "Borrower 13",
        "11010519491231002X",
        quote_of_drawdown(drawn),
        30,
        "en",
    )
    assert other != again


def test_a_paper_is_tagged_for_screen_readers_and_names_its_language(drawn):
    reader = PdfReader(io.BytesIO(contract_document(drawn, "zh")))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    assert str(reader.trailer["/Root"]["/Lang"]).startswith("zh")
    assert drawn.reference in reader.metadata.title


def test_without_a_font_for_chinese_nothing_is_printed_in_boxes(drawn, monkeypatch):
    monkeypatch.setattr(papers, "_CHINESE", ("A Font That Is Not There",))
    with pytest.raises(papers.FontMissingError):
        contract_document(drawn, "zh")
    assert contract_document(drawn, "en")


def test_it_is_signed_by_the_code_that_was_sent_for_its_very_hash(agreed, code_sent, now):
    contract = ask_to_sign(agreed, "en", now)
    signature = sign(agreed, "en", code_sent(), now)
    assert signature.sha256 == contract.sha256 == hashlib.sha256(contract_document(agreed, "en")).hexdigest()
    assert (signature.channel, agreed.state) == ("sms", Drawdown.State.SIGNED)
    assert sign(agreed, "en", "000000", now) == signature


def test_a_code_for_one_language_does_not_sign_the_other(agreed, code_sent, now):
    ask_to_sign(agreed, "en", now)
    make_contract(agreed, "zh", now)
    with pytest.raises(InputError):
        sign(agreed, "zh", code_sent(), now)
    assert not Signature.objects.exists()


def test_a_wrong_code_signs_nothing_and_five_end_it(agreed, code_sent, now):
    ask_to_sign(agreed, "en", now)
    right = code_sent()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        with pytest.raises(InputError):
            sign(agreed, "en", wrong, now)
    with pytest.raises(InputError):
        sign(agreed, "en", right, now)


def test_nothing_is_signed_without_the_consents_that_it_needs(drawn, now):
    with pytest.raises(InputError) as refused:
        ask_to_sign(drawn, "en", now)
    assert refused.value.where == "/consents/credit_report"


def test_nothing_is_signed_on_another_day_or_on_a_line_on_hold(agreed, now, today):
    with pytest.raises(InputError):
        ask_to_sign(agreed, "en", now + DAY)
    freeze(agreed.line, "fraud_checked", "ann", today)
    with pytest.raises(InputError):
        ask_to_sign(agreed, "en", now)


def test_what_was_signed_cannot_be_given_up_or_changed(agreed, code_sent, now):
    ask_to_sign(agreed, "en", now)
    sign(agreed, "en", code_sent(), now)
    with pytest.raises(InputError):
        give_up(agreed, now)
    for model in (Signature, Contract):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(sha256="0" * 64)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_settled_letter_is_issued_only_when_the_fold_says_so(drawn, language, now, today):
    loan = disburse_loan(
        drawn.reference, borrower=drawn.line.borrower.reference, product=drawn.terms.code, principal=5000_00,
        disbursed_on=today, installments=6, annual_rate=144_000, service_fee=50_00, upfront_fee=25_00, key="paid out",
    )  # fmt: skip
    with pytest.raises(InputError):
        settled_letter(loan, language, today + DAY, now)
    owed = quote_of_drawdown(drawn)
    for number, one in enumerate(owed.installments):
        record_payment(loan.reference, one.total, one.due_on, key=f"payment {number}")
    last = owed.last_due_on
    with pytest.raises(InputError):
        settled_letter(loan, language, last - DAY, now)
    paper = settled_letter(loan, language, last + 30 * DAY, now)
    squeezed = text_of(paper).replace(" ", "")
    assert loan.reference in squeezed
    assert f"CNY{amount(owed.total)}" in squeezed
    assert f"CNY{amount(5000_00)}" in squeezed
    day = f"{last.day}{last:%B%Y}" if language == "en" else f"{last.year}年{last.month}月{last.day}日"
    assert day in squeezed
    assert settled_letter(loan, language, last + 60 * DAY, now) == paper
    assert loan.settled_letters.count() == 1
