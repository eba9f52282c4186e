"""In a browser, on a phone: sign up, apply, approved with reasons, draw, sign, paid out, pay by wallet, settled."""

import datetime
import re
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from browser import PHONE, browser_at
from camt_messages import entry, part, statement
from duly.borrowing.models import Drawdown
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.payments.models import OutgoingPayment
from duly.payments.outgoing import mark_sent
from duly.payments.statements.reading import read_files

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch) -> Iterator[Callable[[int], None]]:
    """Lets so many days pass for the whole process."""
    real, ahead = timezone.now, [datetime.timedelta(0)]
    monkeypatch.setattr(timezone, "now", lambda: real() + ahead[0])

    def pass_days(days: int) -> None:
        ahead[0] += datetime.timedelta(days=days)

    return pass_days


@pytest.fixture(autouse=True)
def _looks_into_the_book(monkeypatch) -> None:
    """The browser's library runs an event loop in this thread; what the test asks the database meanwhile is its own."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def _demonstration_wallet(settings, live_server) -> None:
    settings.DULY_WALLET_DEMONSTRATION = True
    settings.DULY_PUBLIC_URL = live_server.url


def answer_the_questions(page: Page, student: str = "No") -> None:
    """Fill in the application's pages as a usual applicant does."""
    said = {
        "Your name, as on your identity card": "Borrower 12",
        "Identity number": "11010519491231002X",
        "Date of birth": "1949-12-31",
        "Phone": "+86 138 0000 0000",
        "Where you live": "1 Example Road",
    }
    for label, value in said.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Are you a student in full-time education?").select_option(label=student)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("What you do").select_option(label="retired")
    for label, value in {
        "What comes in each month, after tax": "12000",
        "What you spend each month, rent included, without debts": "4000",
        "What you pay on other debts each month": "0",
        "What you owe on other debts, in all": "0",
    }.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("What the money is for").select_option(label="things for the home")
    page.get_by_label("How much you would like").fill("5000")
    page.get_by_label("In how many installments you would pay it back").select_option("6")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("link", name="Go on").click()
    page.get_by_label("Look at my credit record").check()
    page.get_by_label("Use my data to decide").check()
    page.get_by_role("button", name="Save and go on").click()


def test_from_signing_up_to_the_letter_that_all_is_paid(product, live_server, code_sent, clock, tmp_path):
    with browser_at(live_server.url, viewport=PHONE) as page:
        page.set_default_timeout(8000)
        page.goto("/my/sign-up")
        page.get_by_label("Telephone number or e-mail address").fill("+86 138 0000 0000")
        give_the_code(page, code_sent)
        page.get_by_role("link", name="Apply for a line").click()
        page.get_by_role("link", name="Apply for a line").click()
        page.get_by_role("button", name="Begin").click()

        answer_the_questions(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Check and send")
        page.get_by_role("button", name="Send the application").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
        expect(page.get_by_text("¥30,000.00")).to_be_visible()
        page.get_by_role("button", name="Take this line").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("¥30,000.00 left to draw")
        page.get_by_role("button", name="Go on with this").click()
        page.get_by_label("Number of the account").fill("NL91 ABNA 0417 1643 00")
        page.get_by_role("button", name="Add").click()
        # The calculator begins with what was asked for in the application; another amount is worked out at once.
        expect(page.get_by_label("Amount").first).to_have_value("5000.00")
        page.get_by_label("Amount").first.fill("6000")
        page.get_by_label("Amount").first.blur()
        expect(page.locator("#choices")).to_contain_text("¥5,970.00")
        page.get_by_label("Amount").first.fill("5000")
        page.get_by_label("Amount").first.blur()
        expect(page.locator("#choices")).to_contain_text("¥4,975.00")
        page.get_by_role("button", name="Go on with this").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("¥5,000.00 in 6 installments")
        with page.expect_download() as contract:
            page.get_by_role("link", name="The contract (PDF)").click()
        text = "".join(one.extract_text() for one in PdfReader(contract.value.path()).pages)
        drawdown = Drawdown.objects.get()
        assert drawdown.reference in text
        for consent in page.locator("input[name=agree]").all():
            consent.check()
        page.get_by_role("button", name="Send me the code").click()
        expect(page.get_by_label("Six digits from the message")).to_be_visible()
        page.get_by_label("Six digits from the message").fill(code_sent())
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_text("The money is on its way to you.")).to_be_visible()

        payment = OutgoingPayment.objects.get()
        mark_sent(payment, timezone.localdate(), reference="file 1")
        page.reload()
        page.get_by_role("link", name="See the loan").click()
        loan = Loan.objects.get()
        first = position_on(loan, timezone.localdate()).installments[0]

        clock((first.due_on - timezone.localdate()).days)
        sign_in_again(page, code_sent)
        expect(page.get_by_text(f"¥{first.outstanding / 100:,.2f}").first).to_be_visible()
        page.get_by_role("link", name="Pay", exact=True).click()
        page.get_by_role("button", name="Go on", exact=True).click()
        page.get_by_role("link", name="Open the wallet").click()
        page.get_by_role("button", name=re.compile("Pay ¥")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Paid. Thank you.")
        page.get_by_role("link", name="See the loan").click()
        assert position_on(loan, timezone.localdate()).installments[0].outstanding == 0

        clock(10)
        owed = position_on(loan, timezone.localdate()).payoff
        expect(page.get_by_text("settles this loan on")).to_be_visible()
        paid = entry(f"{owed / 100:.2f}", "E1", part(text=loan.reference), on=timezone.localdate())
        (tmp_path / "bank.xml").write_bytes(statement(paid))
        (read,) = read_files([tmp_path / "bank.xml"])
        assert read.wrong == []
        sign_in_again(page, code_sent)
        page.get_by_role("link", name=re.compile("5,000.00")).click()
        expect(page.get_by_text("You owe nothing on this loan.")).to_be_visible()
        with page.expect_download() as letter:
            page.get_by_role("link", name="Letter that this loan is paid in full (PDF)").click()
        assert loan.reference in "".join(one.extract_text() for one in PdfReader(letter.value.path()).pages)


def sign_in_again(page: Page, code_sent: Callable[[], str]) -> None:
    """A month later the session is over: a code signs in again."""
    page.goto("/my/")
    page.get_by_label("Telephone number or e-mail address").fill("+86 138 0000 0000")
    give_the_code(page, code_sent)
    page.goto("/my/")


def give_the_code(page: Page, code_sent: Callable[[], str]) -> None:
    """Ask for the code of the sign-in, and type what came."""
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code")
    page.get_by_label("Code").fill(code_sent())
    page.get_by_role("button", name="Continue").click()


def test_who_is_refused_reads_why_in_chinese_and_may_ask_a_person(product, live_server, code_sent):
    with browser_at(live_server.url, viewport=PHONE) as page:
        page.goto("/my/sign-up")
        page.get_by_label("Telephone number or e-mail address").fill("+86 138 0000 0000")
        give_the_code(page, code_sent)
        page.goto("/my/apply")
        page.get_by_role("button", name="Begin").click()
        answer_the_questions(page, student="Yes")
        page.get_by_role("button", name="Send the application").click()
        page.get_by_role("button", name="简体中文").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("暂时无法给您额度")
        expect(page.get_by_text("按监管规定，我们不能向在校学生放贷。")).to_be_visible()
        page.get_by_label("我们还应该知道什么？").fill("已经毕业")
        page.get_by_role("button", name="申请复核").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("正在人工审核")
