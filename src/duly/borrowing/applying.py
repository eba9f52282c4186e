"""Applying for a line: begun, answered section by section, handed in, taken back; and what runs out."""

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from duly.borrowing.deciding import decide
from duly.borrowing.inputs import answers_of
from duly.borrowing.line_terms import LineTerms, parse_line_terms
from duly.borrowing.lines import new_reference
from duly.borrowing.models import Answers, Application, ApplicationEvent, Decision, LineProduct
from duly.borrowing.models.kept import BY_BORROWER, BY_DULY
from duly.borrowing.sections import SECTIONS, check_answers, missing
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.people import consents
from duly.people.blind_index import checked_phone
from duly.people.models import Borrower

log = logging.getLogger(__name__)

OPEN = (Application.State.BEGUN, Application.State.SUBMITTED, Application.State.REFERRED)
BATCH = 1000


def begin_application(borrower: Borrower, product: str, language: str, at: datetime.datetime) -> Application:
    """An application for the last version of `product` (its code); the one that is open, if there is one."""
    version = LineProduct.objects.filter(code=product).order_by("version").last()
    if version is None:
        raise InputError(f"there is no product {product!r}", "/product", "name one that is offered")
    there = _open(borrower, product)
    if there is not None:
        return there
    try:
        with transaction.atomic():
            made = Application.objects.create(
                reference=new_reference("A"), borrower=borrower, product=version, language=language, begun_at=at
            )
            tell(made, ApplicationEvent.Kind.BEGUN, at, BY_BORROWER)
            return made
    except IntegrityError:
        # Begun twice at the same instant: there is one now.
        found = _open(borrower, product)
        if found is None:
            raise
        return found


def save_answers(
    application: Application, section: str, answers: Mapping[str, Any], at: datetime.datetime
) -> dict[str, str]:
    """Keep what will do of `answers`, beside what was answered before; gives what is wrong with the rest, by field."""
    terms = parse_line_terms(application.product.terms)
    good, wrong = check_answers(section, terms, answers)
    with transaction.atomic():
        held = _locked(application, Application.State.BEGUN)
        row, _ = Answers.objects.get_or_create(
            application=held, section=section, defaults={"content": {}, "saved_at": at}
        )
        row.content, row.saved_at = {**row.content, **good}, at
        for name in wrong:
            row.content.pop(name, None)
        row.save(update_fields=["content", "saved_at"])
        if section == "purpose":
            _keep_wish(held, row.content, terms)
    application.refresh_from_db()
    return wrong


def still_missing(application: Application) -> dict[str, dict[str, str]]:
    """What has to be answered before it can be handed in, by section and field; empty when it can."""
    terms, answers = parse_line_terms(application.product.terms), answers_of(application)
    found = {section: missing(section, terms, answers.get(section, {})) for section in SECTIONS}
    return {section: fields for section, fields in found.items() if fields}


def submit(application: Application, at: datetime.datetime, on: datetime.date) -> Decision:
    """Hand an application in, and have it decided. Handed in a second time, it has the decision that it has.

    The handing in is on record before the decision is tried: if that fails, it is tried again by `decide_waiting`.
    Raises InputError when something is missing.
    """
    application.refresh_from_db()
    if application.state == Application.State.BEGUN:
        _hand_in(application, at)
    if application.state == Application.State.SUBMITTED:
        return decide(application, at, on)
    decision = application.decisions.order_by("decided_at", "pk").last()
    if decision is None:
        raise InputError(gettext("This application is closed."), "/application", gettext("Begin another."))
    return decision


def _hand_in(application: Application, at: datetime.datetime) -> None:
    with transaction.atomic():
        held = _locked(application, Application.State.BEGUN)
        gaps = still_missing(held)
        if gaps:
            section, fields = next(iter(gaps.items()))
            name, why = next(iter(fields.items()))
            raise InputError(why, f"/{section}/{name}", gettext("Answer it, then hand the application in."))
        answers = answers_of(held)
        _keep_identity(held.borrower, answers["identity"])
        for purpose in consents.needed_for("application"):
            consents.give(held.borrower, purpose, held.language, at=at)
        held.state, held.submitted_at = Application.State.SUBMITTED, at
        held.save(update_fields=["state", "submitted_at"])
        tell(held, ApplicationEvent.Kind.SUBMITTED, at, BY_BORROWER)
    application.refresh_from_db()


def _keep_identity(borrower: Borrower, said: Mapping[str, Any]) -> None:
    # The record of the person is theirs to correct: what they now say of themselves is what we know of them.
    borrower.name, borrower.address = said["name"], said["address"]
    borrower.id_number = said["id_number"].upper()
    borrower.birth_date = datetime.date.fromisoformat(said["birth_date"])
    borrower.phone = borrower.phone or checked_phone(said["phone"])
    borrower.email = borrower.email or said.get("email", "")
    borrower.save(update_fields=["name", "address", "id_number", "birth_date", "phone", "email"])


def withdraw_application(application: Application, at: datetime.datetime) -> None:
    """The person does not want it any more. Raises InputError when it is decided."""
    with transaction.atomic():
        held = _locked(application, *OPEN)
        held.state, held.waiting_since, held.taken_by = Application.State.WITHDRAWN, None, ""
        held.save(update_fields=["state", "waiting_since", "taken_by"])
        tell(held, ApplicationEvent.Kind.WITHDRAWN, at, BY_BORROWER)
    application.refresh_from_db()


def ask_for_review(application: Application, why: str, at: datetime.datetime) -> None:
    """Somebody who was refused asks for a person to look at it: it waits in the queue. Raises InputError."""
    if _open(application.borrower, application.product.code) is not None:
        raise InputError(
            gettext("Another application of yours is open."), "/application", gettext("Finish that one first.")
        )
    with transaction.atomic():
        held = _locked(application, Application.State.REFUSED)
        Answers.objects.update_or_create(
            application=held, section="review", defaults={"content": {"why": why[:2000]}, "saved_at": at}
        )
        held.state, held.waiting_since = Application.State.REFERRED, at
        held.save(update_fields=["state", "waiting_since"])
        tell(held, ApplicationEvent.Kind.REVIEW_ASKED, at, BY_BORROWER)
    application.refresh_from_db()


def decide_waiting(at: datetime.datetime, on: datetime.date) -> int:
    """Decide what was handed in but could not be decided then; gives how many were. What still cannot be waits on."""
    decided = 0
    for application in Application.objects.filter(state=Application.State.SUBMITTED).order_by("submitted_at"):
        try:
            decide(application, at, on)
        except InputError as error:
            log.error("application %s waits: %s", application.reference, error)
        else:
            decided += 1
    return decided


def expire_applications(at: datetime.datetime, on: datetime.date) -> int:
    """Close what was begun and left, and approvals that nobody took, when their days are over; gives how many."""
    gone = [*_left_alone(at), *_not_taken(on)]
    with transaction.atomic():
        for start in range(0, len(gone), BATCH):
            some = gone[start : start + BATCH]
            closed = Application.objects.filter(pk__in=some, state__in=["begun", "approved"])
            keys = list(closed.select_for_update().values_list("pk", flat=True))
            Application.objects.filter(pk__in=keys).update(state=Application.State.EXPIRED)
            expired = ApplicationEvent.Kind.EXPIRED
            ApplicationEvent.objects.bulk_create(
                ApplicationEvent(application_id=key, kind=expired, at=at, by=BY_DULY) for key in keys
            )
    return len(gone)


def _left_alone(at: datetime.datetime) -> list[int]:
    found: list[int] = []
    for product in LineProduct.objects.filter(applications__state=Application.State.BEGUN).distinct():
        before = at - datetime.timedelta(days=parse_line_terms(product.terms).application_days)
        old = product.applications.filter(state=Application.State.BEGUN, begun_at__lt=before)
        found += old.values_list("pk", flat=True)
    return found


def _not_taken(on: datetime.date) -> list[int]:
    over = Decision.objects.filter(
        application__state=Application.State.APPROVED, outcome=Decision.Outcome.APPROVED, expires_on__lt=on, line=None
    )
    return list(over.values_list("application_id", flat=True))


def tell(application: Application, kind: str, at: datetime.datetime, by: str) -> None:
    """Add a line to an application's story."""
    ApplicationEvent.objects.create(application=application, kind=kind, at=at, by=by)


def _open(borrower: Borrower, product: str) -> Application | None:
    found = borrower.applications.filter(product__code=product, state__in=OPEN).select_related("product")
    return found.order_by("pk").last()


def _locked(application: Application, *states: str) -> Application:
    held = (
        Application.objects.select_for_update(of=("self",)).select_related("product", "borrower").get(pk=application.pk)
    )
    if held.state not in states:
        raise InputError(
            gettext("This application cannot be changed any more."), "/application", gettext("Begin another.")
        )
    return held


def _keep_wish(held: Application, answers: Mapping[str, Any], terms: LineTerms) -> None:
    wish, count = answers.get("requested_amount"), answers.get("requested_installments")
    held.amount = None if wish is None else parse_money(wish, decimals(terms.currency), "/purpose/requested_amount")
    held.installments = None if count is None else int(count)
    held.save(update_fields=["amount", "installments"])
