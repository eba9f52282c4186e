"""Money that came in stops what was about to be said: a message or a call about a loan that is overdue no longer."""

from collections import defaultdict
from collections.abc import Collection, Set

from django.utils import timezone

from duly.collection.models import CaseLoan, Task
from duly.collection.tasks import cancel_tasks
from duly.contact.local_time import lender_date
from duly.contact.models import PlannedContact
from duly.contact.owed import what_is_owed
from duly.contact.wording import templates

Status = PlannedContact.Status
# Naming more loans than this to the database costs more than reading what is planned.
ASKED_BY_NAME = 500


def stop_contacts(loan_ids: Collection[int], **_: object) -> int:
    """Cancel the planned messages about these loans whose loans are all up to date now; how many there were.

    Heard on `payments.signals.money_arrived`. One query where nothing is planned.
    """
    named = PlannedContact.loans.through.objects.filter(plannedcontact__status=Status.PLANNED)
    if len(loan_ids) <= ASKED_BY_NAME:
        named = named.filter(loan_id__in=loan_ids)
    pairs = named.values_list("plannedcontact_id", "loan_id")
    contact_ids = {contact_id for contact_id, loan_id in pairs if loan_id in loan_ids}
    if not contact_ids:
        return 0
    planned = PlannedContact.objects.filter(pk__in=contact_ids).prefetch_related("loans")
    about_overdue = [one for one in planned if templates()[one.template].about == "overdue"]
    if not about_overdue:
        return 0
    loans = {contact.pk: [loan.pk for loan in contact.loans.all()] for contact in about_overdue}
    owed = what_is_owed({loan for some in loans.values() for loan in some}, lender_date(timezone.now()))
    paid = [pk for pk, some in loans.items() if all(owed[loan].overdue == 0 for loan in some)]
    return PlannedContact.objects.filter(pk__in=paid, status=Status.PLANNED).update(status=Status.CANCELLED, why="paid")


def stop_tasks(loan_ids: Set[int], **_: object) -> int:
    """Cancel the open tasks of the cases of these loans whose late loans are all up to date now; of how many cases.

    Heard on `payments.signals.money_arrived`. One query where nobody has anything to do.
    """
    open_tasks = Task.objects.filter(status=Task.Status.OPEN)
    if len(loan_ids) <= ASKED_BY_NAME:
        open_tasks = open_tasks.filter(case__stays__loan_id__in=loan_ids, case__stays__left_on=None)
    case_ids = set(open_tasks.order_by().values_list("case_id", flat=True).distinct())
    if not case_ids:
        return 0
    loans: dict[int, list[int]] = defaultdict(list)
    stays = CaseLoan.objects.filter(case_id__in=case_ids, left_on=None)
    for borrower_id, loan_id in stays.values_list("case__borrower_id", "loan_id"):
        loans[borrower_id].append(loan_id)
    concerned = {borrower: some for borrower, some in loans.items() if not loan_ids.isdisjoint(some)}
    today = lender_date(timezone.now())
    owed = what_is_owed({loan for some in concerned.values() for loan in some}, today)
    paid = [borrower for borrower, some in concerned.items() if all(owed[loan].overdue == 0 for loan in some)]
    return len(cancel_tasks(paid, "paid", today))
