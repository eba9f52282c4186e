"""Decisions: made by the policy in force on what was known, kept with its text, and made again from what was kept."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from duly.borrowing.inputs import answers_of, policy_fields, same_person
from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.models import Application, ApplicationEvent, Decision, DecisionPapers, KeptText
from duly.borrowing.models.kept import BY_DULY
from duly.borrowing.reasons import FOR_REFUSAL
from duly.engine.errors import InputError
from duly.risk import policy as policies
from duly.risk import scorecard as scorecards
from duly.risk.judge import kinds_asked
from duly.risk.review import Review, review

APPLIED_TWICE = "applied_twice"


def texts_in_force() -> tuple[str, str | None]:
    """The policy's text, and the scorecard's where the policy names one. Raises InputError for what cannot be read."""
    policy = Path(settings.DULY_POLICY).read_text("utf-8") if settings.DULY_POLICY else policies.shipped_text("starter")
    named = policies.parse_policy(policy).scorecard
    if not named:
        return policy, None
    own = settings.DULY_SCORECARD
    return policy, Path(own).read_text("utf-8") if own else scorecards.shipped_scorecard_text(named)


def keep_text(kind: KeptText.Kind, text: str) -> KeptText:
    """`text` on record, once however often it is used."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return KeptText.objects.get_or_create(digest=digest, defaults={"kind": kind, "text": text})[0]


def judge(inputs: Mapping[str, Any], policy: str, scorecard: str | None) -> Review:
    """What a policy makes of the `application` in `inputs`. Raises InputError."""
    read = policies.parse_policy(policy)
    return review(inputs["application"], read, scorecards.parse_scorecard(scorecard) if scorecard else None)


def outcome_of(inputs: Mapping[str, Any], judged: Review) -> tuple[str, list[dict[str, Any]]]:
    """The outcome and its reasons: the policy's, except that two records of one person are looked at by somebody."""
    if inputs["same_person"] and judged.outcome == Decision.Outcome.APPROVED:
        return Decision.Outcome.REFERRED, [FOR_REFUSAL[APPLIED_TWICE].as_json()]
    return judged.outcome, [reason.as_json() for reason in judged.reasons]


def decide(application: Application, at: datetime.datetime, on: datetime.date) -> Decision:
    """The policy in force decides on a submitted application, on what is known on `on`."""
    policy, scorecard = texts_in_force()
    with transaction.atomic():
        held = (
            Application.objects.select_for_update(of=("self",))
            .select_related("product", "borrower")
            .get(pk=application.pk)
        )
        if held.state != Application.State.SUBMITTED:
            raise InputError(
                gettext("This application has been decided."), "/application", gettext("Look at it again.")
            )
        answers = answers_of(held)
        inputs = {
            "application": _asked(policy_fields(held, answers, on), policy, scorecard),
            "same_person": list(same_person(held, answers).order_by("pk").values_list("reference", flat=True)),
        }
        judged = judge(inputs, policy, scorecard)
        _check_currency(policy, held.product.currency)
        outcome, reasons = outcome_of(inputs, judged)
        decision = record_decision(
            held,
            outcome,
            limit=judged.limit,
            annual_rate=judged.annual_rate,
            grade=judged.grade,
            score=judged.score,
            reasons=reasons,
            policy=keep_text(KeptText.Kind.POLICY, policy),
            scorecard=keep_text(KeptText.Kind.SCORECARD, scorecard) if scorecard else None,
            papers={**inputs, "review": judged.as_json(), "note": ""},
            at=at,
            on=on,
        )
    application.refresh_from_db()
    return decision


def record_decision(
    application: Application,
    outcome: str,
    *,
    limit: int,
    annual_rate: int,
    grade: str,
    score: int | None,
    reasons: Sequence[Mapping[str, Any]],
    policy: KeptText,
    scorecard: KeptText | None,
    papers: Mapping[str, Any],
    at: datetime.datetime,
    on: datetime.date,
    decided_by: str = BY_DULY,
    approved_by: str = "",
    against_policy: bool = False,
) -> Decision:
    """Put a decision on record, and the application, whose row is locked, into the state that it comes to."""
    approved = outcome == Decision.Outcome.APPROVED
    days = parse_line_terms(application.product.terms).decision_days
    decision = Decision.objects.create(
        application=application,
        outcome=outcome,
        limit=limit if approved else 0,
        annual_rate=annual_rate if approved else 0,
        grade=grade,
        score=score,
        reasons=list(reasons),
        policy=policy,
        scorecard=scorecard,
        against_policy=against_policy,
        decided_by=decided_by,
        approved_by=approved_by,
        decided_at=at,
        expires_on=on + datetime.timedelta(days=days) if approved else None,
    )
    DecisionPapers.objects.create(decision=decision, content=dict(papers))
    referred = outcome == Decision.Outcome.REFERRED
    application.state = outcome
    application.waiting_since = at if referred else None
    application.taken_by = ""
    application.save(update_fields=["state", "waiting_since", "taken_by"])
    kind = ApplicationEvent.Kind.REFERRED if referred else ApplicationEvent.Kind.DECIDED
    ApplicationEvent.objects.create(application=application, kind=kind, at=at, by=decided_by)
    return decision


def replay(decision: Decision) -> Review:
    """What the policy and scorecard, as they were, make of what was known then. Raises InputError if it was erased."""
    return judge(_inputs_of(decision), decision.policy.text, decision.scorecard and decision.scorecard.text)


def replays(decision: Decision) -> bool:
    """Whether a decision that the policy made by itself comes out the same, to the last check."""
    inputs, again = _inputs_of(decision), replay(decision)
    outcome, reasons = outcome_of(inputs, again)
    approved = outcome == Decision.Outcome.APPROVED
    same = (outcome, again.limit if approved else 0, again.annual_rate if approved else 0, again.grade, reasons)
    kept = (decision.outcome, decision.limit, decision.annual_rate, decision.grade, decision.reasons)
    return (
        same == kept and again.score == decision.score and json.loads(json.dumps(again.as_json())) == inputs["review"]
    )


def _asked(known: Mapping[str, Any], policy: str, scorecard: str | None) -> dict[str, Any]:
    """What the policy and scorecard ask about, of all that is known: nothing else is judged by, or kept."""
    asked = kinds_asked(policies.parse_policy(policy), scorecards.parse_scorecard(scorecard) if scorecard else None)
    return {name: value for name, value in known.items() if name in asked}


def _inputs_of(decision: Decision) -> dict[str, Any]:
    papers = DecisionPapers.objects.filter(decision=decision).first()
    if papers is None or not papers.content:
        raise InputError(
            gettext("What this decision was made on was erased."), "/decision", gettext("It cannot be made again.")
        )
    return dict(papers.content)


def _check_currency(policy: str, currency: str) -> None:
    of_policy = policies.parse_policy(policy).currency
    if of_policy != currency:
        raise InputError(
            f"the policy decides in {of_policy}, the product is in {currency}", "/currency", "name another policy"
        )
