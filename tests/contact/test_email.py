"""E-mail as it leaves: whatever name, subject and text it is given, a reader of mail finds just those, and no more."""

import datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.contact.channels.email import Email
from duly.contact.channels.port import AddressError, Draft
from duly.people.models import Borrower

NOON = datetime.datetime(2026, 3, 18, 4, tzinfo=datetime.UTC)
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe", "Content-Language"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}
# What people and templates write: no control characters but the end of a line.
written = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)


def draft(name: str = "Borrower 12", subject: str = "Hello", body: str = "Hello\n") -> Draft:
    return Draft("b12@mail.example", name, "", "en", subject, body, "<abc@lender.example>", "abc", NOON)


@given(written, written, st.lists(written, max_size=6).map("\n".join))
def test_what_is_written_is_what_is_read(name: str, subject: str, body: str) -> None:
    mail = message_from_bytes(Email().content(draft(name, subject, body)), policy=policy.default)
    assert set(mail.keys()) == HEADERS
    assert mail["To"].addresses[0].addr_spec == "b12@mail.example"
    assert mail["To"].addresses[0].display_name.split() == name.split()
    assert str(mail["Subject"]).split() == subject.split()
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")
    assert mail["Message-ID"] == "<abc@lender.example>"
    assert mail["Date"].datetime == NOON


def test_no_subject_puts_a_header_of_its_own_in() -> None:
    mail = message_from_bytes(Email().content(draft(subject="x\r\nBcc: other@mail.example")), policy=policy.default)
    assert set(mail.keys()) == HEADERS


@pytest.mark.parametrize("name", ["x\r\nBcc: other@mail.example", "x\ny"])
def test_a_name_that_breaks_the_line_is_refused(name: str) -> None:
    with pytest.raises(AddressError):
        Email().address_of(Borrower(name=name, email="b12@mail.example"))
    with pytest.raises(AddressError):
        Email().content(draft(name))
