"""A person takes their papers with them, and what the law lets go of is gone for good."""

import io
import zipfile

import pytest
from django.contrib.auth.models import User

from duly.borrowing.documents import add_document
from duly.borrowing.drawing import draw
from duly.borrowing.models import Answers, DecisionPapers, Document, SealedFile
from duly.engine.errors import InputError
from duly.people import approvals
from duly.people.erase import ask_to_erase
from duly.people.export import export
from duly.people.roles import Role, give_roles

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def two(db) -> list[User]:
    users = [User.objects.create_user(name, is_staff=True) for name in ("carol", "dora")]
    for user in users:
        give_roles(user, Role.COMPLIANCE)
    return users


def test_the_export_holds_answers_in_the_clear_and_papers_as_they_were(apply, borrower, now):
    add_document(apply(hand_in=False), "income", "a.pdf", PDF, now)
    with zipfile.ZipFile(io.BytesIO(export(borrower, "en"))) as packed:
        papers = [name for name in packed.namelist() if name.endswith(".pdf")]
        assert [packed.read(name) for name in papers] == [PDF]
        assert "Borrower 12" in packed.read("data.json").decode()


def test_an_application_without_a_loan_is_let_go_of(
    apply, borrower, now, settings, two, django_capture_on_commit_callbacks
):
    application = apply(hand_in=False)
    add_document(application, "income", "a.pdf", PDF, now)
    with django_capture_on_commit_callbacks(execute=True):
        approvals.approve(ask_to_erase(borrower, two[0]), two[1])
    assert not Answers.objects.exists()
    assert not DecisionPapers.objects.exists()
    assert not Document.objects.exists()
    assert not SealedFile.objects.exclude(key="").exists()
    assert not [path for path in settings.DULY_SEALED.rglob("*") if path.is_file()]


def test_nothing_is_erased_while_something_is_under_way(line, borrower, now, today, two):
    draw(line, 5000_00, 6, "equal_installment", key="a", at=now, on=today)
    with pytest.raises(InputError):
        ask_to_erase(borrower, two[0])
