"""Objecting, asking, and answering, on the pages: what stops, by when an answer is due, who reads what."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from duly.collection.complaints.models import Complaint
from duly.collection.legal.models import Consultation
from duly.people.models import Borrower, Circumstance
from duly.people.roles import Role, give_roles
from small_lender import loan


@pytest.fixture
def borrower(db) -> Borrower:
    user = User.objects.create_user("b1")
    give_roles(user, Role.BORROWER)
    return Borrower.objects.create(reference="B1", time_zones="Asia/Shanghai", user=user, language="zh")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def of_the_department(role: Role = Role.LEGAL) -> Client:
    user = User.objects.create_user(f"one of {role}", is_staff=True)
    give_roles(user, role)
    return signed_in(user)


def test_an_objection_stops_everything_until_it_is_answered(borrower: Borrower, django_assert_max_num_queries) -> None:
    mine, legal = signed_in(borrower.user), of_the_department()
    form = {"about": "amount", "text": "The penalty is wrong <b>", "key": "k1"}
    for _ in range(2):  # a second press records nothing more
        mine.post("/my/objections", form)
    made = Complaint.objects.get()
    assert made.number in mine.get("/my/objections").content.decode()
    assert Circumstance.objects.get(borrower=borrower).until is None
    with django_assert_max_num_queries(15):
        assert made.number in legal.get("/legal").content.decode()
    with django_assert_max_num_queries(15):
        page = legal.get(f"/legal/complaints/{made.pk}").content.decode()
    assert "The penalty is wrong &lt;b&gt;" in page
    act = f"/legal/complaints/{made.pk}/act"
    legal.post(act, {"what": "note", "words": "looked at every cent"})
    legal.post(act, {"what": "answer", "outcome": "not_upheld", "cause": "none", "words": "It is as agreed."})
    made.refresh_from_db()
    assert made.outcome == "not_upheld"
    assert Circumstance.objects.get(borrower=borrower).until is not None
    assert "It is as agreed." in mine.get("/my/objections").content.decode()


def test_a_question_is_answered_from_the_knowledge_base_in_the_borrowers_language(borrower: Borrower) -> None:
    mine, legal = signed_in(borrower.user), of_the_department()
    mine.post(
        "/my/questions", {"question": "晚上可以给我打电话吗？", "key": "k"}, headers={"Accept-Language": "zh-hans"}
    )
    asked = Consultation.objects.get()
    page = legal.get(f"/legal/questions/{asked.pk}").content.decode()
    assert 'value="contact-hours"' in page
    legal.post(f"/legal/questions/{asked.pk}/answer", {"article": "contact-hours"})
    asked.refresh_from_db()
    assert asked.answer
    assert asked.answer.split("\n")[0] in mine.get("/my/questions").content.decode()


def test_others_neither_see_nor_answer(borrower: Borrower) -> None:
    mine = signed_in(borrower.user)
    mine.post("/my/objections", {"about": "conduct", "text": "They were rude.", "key": "k"})
    made = Complaint.objects.get()
    for role in (Role.COLLECTOR, Role.UNDERWRITER, Role.FINANCE):
        client = of_the_department(role)
        assert client.get("/legal").status_code == 403
        assert client.post(f"/legal/complaints/{made.pk}/act", {"what": "acknowledge"}).status_code == 403
    user = User.objects.create_user("other")
    give_roles(user, Role.BORROWER)
    Borrower.objects.create(reference="B2", user=user)
    assert "rude" not in signed_in(user).get("/my/objections").content.decode()


def test_the_evidence_comes_as_one_file(borrower: Borrower) -> None:
    signed_in(borrower.user).post("/my/objections", {"about": "conduct", "text": "They were rude.", "key": "k"})
    legal = of_the_department()
    assert "no loan" in legal.post("/legal/evidence/B1", follow=True).content.decode()
    loan(borrower)
    answer = legal.post("/legal/evidence/B1")
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
