"""Every error has one form, tells each fault with its place, and nothing of its cause."""

import pytest
from django.test import Client as Browser
from programs import Program, pointers, problem

from duly.api.problems import KINDS

pytestmark = pytest.mark.django_db


def test_several_faults_are_told_at_once_each_with_its_place(program: Program) -> None:
    body = {"reference": "", "borrower": "B1", "principal": "12,50", "currency": "CNY", "disbursed_on": "2026-02-30"}
    answer = program.post("/loans", body | {"colour": "red"})
    assert problem(answer) == (422, "invalid")
    assert set(pointers(answer)) == {
        "body/reference",
        "body/product",
        "body/principal",
        "body/disbursed_on",
        "body/installments",
        "body/colour",
    }


def test_an_address_or_a_method_that_there_is_not(program: Program) -> None:
    assert problem(program.get("/nothing")) == (404, "not_found")
    assert problem(program.get("/")) == (404, "not_found")
    answer = program.send("delete", "/loans")
    assert problem(answer) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("body", ["{", '{"a": NaN}', '"\\ud800"', "\x00"])
def test_a_body_that_is_not_json(program: Program, body: str) -> None:
    answer = program.browser.post(
        "/api/v1/loans",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.token}", "Idempotency-Key": "1"},
    )
    assert answer.status_code in (400, 422)
    problem(answer)


def test_a_body_of_another_type_or_too_large(program: Program, settings) -> None:
    headers = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": "1"}
    answer = program.browser.post("/api/v1/loans", "a=b", content_type="text/plain", headers=headers)
    assert problem(answer) == (415, "unsupported_media_type")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert problem(program.post("/loans", {"reference": "L" * 50})) == (413, "too_large")


def test_a_failure_tells_nothing_of_its_cause(program: Program, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("duly.api.loans.page_of", fail)
    answer = program.get("/loans")
    assert problem(answer) == (500, "failed")
    assert "secret" not in answer.text


def test_a_request_keeps_the_name_that_it_came_with(program: Program) -> None:
    named = program.get("/loans", headers={"X-Request-ID": "night-run-0001"})
    assert named.headers["X-Request-ID"] == "night-run-0001"
    odd = program.get("/loans", headers={"X-Request-ID": "<script>"})
    assert odd.headers["X-Request-ID"] != "<script>"


@pytest.mark.parametrize("code", KINDS)
def test_each_type_leads_to_its_description(code: str) -> None:
    told = Browser().get(f"/api/v1/problems/{code}").json()
    assert told["status"] == KINDS[code].status
    assert told["remedy"]


def test_a_type_that_there_is_not() -> None:
    assert Browser().get("/api/v1/problems/bad-luck").status_code == 404


def test_what_has_not_changed_is_not_sent_again(program: Program) -> None:
    first = program.get("/loans")
    again = program.get("/loans", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert program.get("/loans", headers={"If-None-Match": '"other"'}).status_code == 200
    assert "private" in first.headers["Cache-Control"]
