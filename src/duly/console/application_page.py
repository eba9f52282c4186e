"""What the page of one application shows: questions and answers, every check, the reasons, the papers, the story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duly.borrowing.by_hand import grades_of, waiting_approval
from duly.borrowing.deciding import replays
from duly.borrowing.inputs import answers_of, same_person, same_phone
from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.models import Application, ApplicationEvent, Decision, Document
from duly.borrowing.sections import EMPLOYMENT, PURPOSES, form_of
from duly.console.borrowing_words import (
    application_event_words,
    document_words,
    of_application,
    of_check,
    of_outcome,
)
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.people.languages import language_now
from duly.people.masks import masked
from duly.people.models import Approval, Borrower
from duly.risk.policy import Grade, parse_policy
from duly.risk.scorecard import parse_scorecard
from duly.screens.figures import money, rate
from duly.screens.standing import Standing

PERSONAL = ("name", "id_number", "birth_date", "phone", "email", "address")
WORDS = {"employment": EMPLOYMENT, "purpose": PURPOSES}
YES_NO = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class CheckRow:
    """One check of the policy: what it looked at and what came of it, in words."""

    title: str
    standing: Standing
    looked_at: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class DecisionRow:
    """One decision; `again` is whether the policy, as it was, comes to the same from what was kept (None: by hand)."""

    decision: Decision
    standing: Standing
    reasons: Sequence[str]
    note: str
    again: bool | None


@dataclass(frozen=True)
class ApplicationPage:
    """One application for whoever decides on it. Money in minor units of `currency`."""

    application: Application
    currency: str
    standing: Standing
    answers: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    decisions: Sequence[DecisionRow]
    checks: Sequence[CheckRow]
    proposed: int
    affordable: int | None
    score: int | None
    same_person: Sequence[Borrower]
    same_phone: Sequence[Borrower]
    documents: Sequence[tuple[Document, str]]
    events: Sequence[tuple[ApplicationEvent, str]]
    review_asked: str
    waiting: Approval | None
    grades: Sequence[Grade]
    one_person_limit: int

    @property
    def last(self) -> DecisionRow | None:
        """The last decision."""
        return self.decisions[0] if self.decisions else None


def application_page(application: Application) -> ApplicationPage:
    """The page of `application`, whose product and borrower are read with it. Ten queries."""
    answers = answers_of(application)
    decisions = list(
        application.decisions.select_related("policy", "scorecard", "papers").order_by("-decided_at", "-pk")
    )
    last = decisions[0] if decisions else None
    review = (last.papers.content or {}).get("review", {}) if last else {}
    currency = application.product.currency
    terms, fields = parse_line_terms(application.product.terms), _fields_of(last)
    return ApplicationPage(
        application=application,
        currency=currency,
        standing=of_application(application.state),
        answers=[
            (section, _answered(section, answers[section], application))
            for section in ("identity", "income", "purpose")
            if section in answers
        ],
        decisions=[_decision_row(one) for one in decisions],
        checks=[_check_row(one, currency, fields) for one in review.get("checks", ())],
        proposed=review.get("proposed_limit", 0),
        affordable=review.get("affordable_installment"),
        score=review.get("score"),
        same_person=list(same_person(application, answers)[:10]),
        same_phone=list(same_phone(application, answers)[:10]),
        documents=[
            (one, document_words(one.kind)) for one in application.documents.select_related("file").order_by("pk")
        ],
        events=[(one, application_event_words(one.kind)) for one in application.events.order_by("-at", "-pk")],
        review_asked=answers.get("review", {}).get("why", ""),
        waiting=waiting_approval(application),
        grades=grades_of(last) if last else [],
        one_person_limit=terms.one_person_limit,
    )


def _answered(section: str, said: Mapping[str, Any], application: Application) -> list[tuple[str, str]]:
    form = form_of(section, parse_line_terms(application.product.terms))
    rows = []
    for name, field in form.fields.items():
        if name in said:
            rows.append((str(field.label), _answer(name, said[name], application.product.currency)))
    return rows


def _answer(name: str, value: Any, currency: str) -> str:
    if name in PERSONAL:
        return masked(name, value)
    if name in WORDS:
        return str(WORDS[name].get(value, value))
    if isinstance(value, bool):
        return YES_NO[value]
    if name.startswith("monthly_") or name in ("total_debt", "requested_amount"):
        return money(parse_money(value, decimals(currency), ""), currency)
    return str(value)


def _decision_row(decision: Decision) -> DecisionRow:
    content = decision.papers.content or {}
    again: bool | None = None
    if not decision.decided_by and content:
        try:
            again = replays(decision)
        except InputError:
            again = False
    return DecisionRow(
        decision,
        of_outcome(decision.outcome),
        [one[language_now()] for one in decision.reasons],
        content.get("note", ""),
        again,
    )


def _fields_of(decision: Decision | None) -> dict[str, tuple[str, str]]:
    """What a policy and its scorecard ask about: the kind and the title of each field, by name."""
    if decision is None:
        return {}
    asked = [(field.name, field.kind, field.title) for field in parse_policy(decision.policy.text).fields.values()]
    if decision.scorecard is not None:
        card = parse_scorecard(decision.scorecard.text)
        asked += [(one.name, one.kind, one.title) for one in card.characteristics]
    return {name: (kind, getattr(title, language_now())) for name, kind, title in asked}


def _check_row(check: Mapping[str, Any], currency: str, fields: Mapping[str, tuple[str, str]]) -> CheckRow:
    looked_at = []
    for name, value in check["inputs"].items():
        kind, title = fields.get(name, ("", name))
        looked_at.append((title, _known(name, value, kind, currency)))
    return CheckRow(check["title"][language_now()], of_check(check["result"]), looked_at)


def _known(name: str, value: Any, kind: str, currency: str) -> str:
    if value is None:
        return "?"
    if isinstance(value, bool):
        return YES_NO[value]
    if name in WORDS:
        return str(WORDS[name].get(value, value))
    if kind == "money":
        return money(value, currency)
    return rate(value) if kind == "ratio" else str(value)
