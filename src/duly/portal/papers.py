"""Papers of one loan to keep, and the way back: the contract, the letter that it is settled, the withdrawal."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.borrowing.models import Drawdown
from duly.borrowing.papers.settled import settled_letter
from duly.borrowing.withdrawing import withdraw, withdraw_until
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.roles import Role
from duly.portal.own import own_drawdown, own_loan
from duly.screens.papers import attachment
from duly.screens.refusals import tell_refusal


@require_safe
@open_to(Role.BORROWER)
def my_settled_letter(request: HttpRequest, reference: str) -> HttpResponse:
    """The letter that says the loan is paid in full, in the language of the page; there is none before it is."""
    loan, now = own_loan(request, reference), timezone.now()
    try:
        paper = settled_letter(loan, language_now(), timezone.localdate(now), now)
    except InputError as error:
        raise Http404 from error
    return attachment(paper, "application/pdf", f"settled-{loan.pk}.pdf")


@require_POST
@open_to(Role.BORROWER)
def withdraw_from_loan(request: HttpRequest, reference: str) -> HttpResponse:
    """Change one's mind within the days that the contract names."""
    own, now = own_drawdown(request, reference), timezone.now()
    try:
        withdraw(own, now, timezone.localdate(now))
        messages.success(request, gettext("You have withdrawn. Pay back what you received, nothing else."), "good")
    except InputError as error:
        tell_refusal(request, error)
    return redirect("my_drawdown", reference)


def papers_of(loan: Loan) -> dict[str, object]:
    """What the page of `loan` offers besides its figures: its drawdown, and until when one may withdraw from it."""
    drawn = Drawdown.objects.select_related("terms", "loan").filter(loan=loan).first()
    until = withdraw_until(drawn) if drawn and drawn.state == Drawdown.State.DISBURSED else None
    return {"drawdown": drawn, "withdraw_until": until if until and until >= timezone.localdate() else None}
