"""The staff's pages: what each answers, where its figures lead, and how few questions it asks of the database."""

import datetime
import re

import pytest
from django.test import Client

from duly.contact.outbox import send_due
from duly.people.models import Circumstance

# The morning after the last close of the small book.
MORNING = datetime.datetime(2025, 3, 7, 1, 0, tzinfo=datetime.UTC)

# Questions to the database. One loan is folded, and the gate is asked about every channel.
BUDGET = {"/": 15, "/loans": 15, "/loans?bucket=overdue&contact=planned&q=late": 15, "/loans/late-1": 18}


def text_of(answer) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def references(answer) -> set[str]:
    """The loans that a list shows."""
    return {row.position.loan.reference for row in answer.context["list"].rows}


def test_before_the_first_close_the_book_says_what_to_do(clerk):
    words = text_of(clerk.get("/"))
    assert "No day has been closed yet" in words
    assert "duly import --mapping" in words


def test_the_book_answers_first_whether_the_ledger_ties_and_to_what(lent, clerk):
    words = text_of(clerk.get("/"))
    assert "The book at the close of 6 March 2025" in words
    # Left: 400.00 on the good loan, 800.00 on the late one and on the one whose payment bounced.
    assert "Ledger ties Account 1100 holds ¥2,000.00: to the cent the principal outstanding on 3 open loans." in words


def test_every_figure_of_the_book_leads_to_the_loans_behind_it(lent, clerk):
    page = clerk.get("/").text
    for address in sorted(set(re.findall(r'href="(/(?:loans|journal)[^"]*)"', page))):
        assert clerk.get(address.replace("&amp;", "&")).status_code == 200, address
    assert text_of(clerk.get("/loans?bucket=1-30")).count("3 days overdue") == 2


def test_the_charts_say_their_finding_to_those_who_cannot_see_them(lent, clerk):
    page = clerk.get("/").text
    assert page.count('<svg role="img" aria-label="') == 3
    assert "is overdue on 2 loans; the largest part" in page
    assert "style=" not in page


@pytest.mark.parametrize("page", BUDGET)
def test_a_page_stays_within_its_budget_of_queries(lent, clerk, django_assert_max_num_queries, page):
    with django_assert_max_num_queries(BUDGET[page]):
        assert clerk.get(page).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"good/1", "late-1", "settled-1", "bounced-1"}),
        ("status=settled", {"settled-1"}),
        ("bucket=current", {"good/1"}),
        ("bucket=overdue", {"late-1", "bounced-1"}),
        ("bucket=1-30", {"late-1", "bounced-1"}),
        ("bucket=31-60", set()),
        ("q=LATE", {"late-1"}),
        ("q=borrower of good", {"good/1"}),
        ("product=three-weeks&status=open", {"good/1", "late-1", "bounced-1"}),
        ("product=another", set()),
    ],
)
def test_filters_live_in_the_address(lent, clerk, query, expected):
    answer = clerk.get(f"/loans?{query}")
    assert references(answer) == expected
    assert sum(total.loans for total in answer.context["list"].totals) == len(expected)


@pytest.mark.parametrize("query", ["bucket=late", "status=lost", "contact=called"])
def test_a_filter_that_is_not_there_is_told(lent, clerk, query):
    answer = clerk.get(f"/loans?{query}")
    assert answer.status_code == 400
    assert "There is no such filter" in answer.text


def test_a_loan_on_the_last_close_is_shown_as_it_stands(lent, clerk):
    page = clerk.get("/loans/late-1").context["shown"]
    assert page.position.days_past_due == 3
    assert page.position.overdue["principal"] == 400_00
    assert [row.standing.word for row in page.installments] == ["Paid", "Late", "To come"]


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2025-02-17", ["To come", "To come", "To come"]),
        ("2025-02-24", ["Paid", "To come", "To come"]),
        ("2025-03-03", ["Paid", "Due today", "To come"]),
        ("2025-03-11", ["Paid", "Late", "Late"]),
    ],
)
def test_a_loan_is_folded_for_any_date(lent, clerk, on, words):
    page = clerk.get(f"/loans/late-1?on={on}").context["shown"]
    assert [row.standing.word for row in page.installments] == words


def test_a_fact_that_was_taken_back_is_shown_struck_with_its_reversal(lent, clerk):
    words = text_of(clerk.get("/loans/bounced-1"))
    assert "reversed on 2025-03-05" in words
    assert clerk.get("/loans/bounced-1?on=2025-03-04").context["shown"].position.days_past_due == 0
    assert clerk.get("/loans/bounced-1").context["shown"].position.days_past_due == 3


def test_a_reference_may_hold_a_slash(lent, clerk):
    assert clerk.get("/loans/good/1").status_code == 200


@pytest.mark.parametrize(
    ("on", "why"), [("2025-13-01", "is not a date"), ("soon", "is not a date"), ("2024-12-31", "Choose a later date")]
)
def test_a_date_that_cannot_be_is_told_with_the_way_back(lent, clerk, on, why):
    answer = clerk.get(f"/loans/late-1?on={on}")
    assert answer.status_code == 400
    assert why in answer.text
    assert 'href="/loans/late-1"' in answer.text


@pytest.mark.parametrize(
    "page", ["/loans/none", "/nowhere", "/journal/2025-02-18/nothing", "/journal/2030-01-01/disbursed"]
)
def test_what_is_not_there_is_told(lent, clerk, page):
    answer = clerk.get(page)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text


def test_a_late_loan_shows_its_case_and_the_gates_answer(lent, clerk):
    page = clerk.get("/loans/late-1").context["shown"]
    assert [words for _, words in page.events] == ["Contact planned", "Loan joined the case", "Case opened"]
    [row] = page.contacts
    assert (row.contact.template, row.standing.word) == ("late_3", "Planned")
    assert row.decision.allowed
    assert {rule["result"] for rule in row.decision.rules} <= {"pass", "not_applicable"}


def test_contacts_of_today_are_counted_with_the_rules_that_stood_in_the_way(lent, clerk, monkeypatch):
    borrower = lent["bounced"].borrower
    Circumstance.objects.create(borrower=borrower, kind="deceased", since=MORNING)
    monkeypatch.setattr("django.utils.timezone.now", lambda: MORNING + datetime.timedelta(hours=2))
    send_due(MORNING + datetime.timedelta(hours=2))
    contacts = clerk.get("/").context["contacts"]
    assert (contacts.counts["sent"], contacts.counts["held"], contacts.total) == (1, 1, 2)
    assert contacts.refusals
    assert all(refusal.citation and refusal.contacts == 1 for refusal in contacts.refusals)
    assert references(clerk.get("/loans?contact=held")) == {"bounced-1"}
    assert references(clerk.get("/loans?contact=sent")) == {"late-1"}
    [row] = clerk.get("/loans/bounced-1").context["shown"].contacts
    assert (row.standing.meaning, row.standing.word) == ("blocked", "Held back")


def test_the_journal_leads_to_the_loans_that_add_up_to_it(lent, clerk):
    page = clerk.get("/journal/2025-02-17/disbursed?product=three-weeks")
    assert page.context["sums"] == {"CNY": 4800_00}
    assert {one.reference for one in page.context["rows"]} == {"good/1", "late-1", "settled-1", "bounced-1"}


def test_pages_speak_chinese_with_the_words_of_the_glossary(lent, clerk):
    clerk.post("/language", {"language": "zh-hans"})
    book, loan = text_of(clerk.get("/")), text_of(clerk.get("/loans/late-1"))
    assert "2025年3月6日 日终时的账目" in book
    assert "总账相符" in book
    for word in ("还款计划", "账务事实", "借款合同", "罚息", "逾期天数", "三周"):
        assert word in loan
    assert "GB/T 45251—2025《互联网金融 个人网络消费信贷 贷后催收风控指引》" in loan
    assert "Duly base pack" not in loan


def test_a_simulated_lender_is_said_to_be_one_on_every_page(clerk, settings, tmp_path):
    settings.HOME = tmp_path
    assert "every figure are simulated" not in clerk.get("/").text
    (tmp_path / "SIMULATED").touch()
    for page in ("/", "/loans", "/loans/none"):
        assert "every figure are simulated" in clerk.get(page).text
    assert "every figure are simulated" in Client().get("/sign-in").text
