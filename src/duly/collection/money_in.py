"""Money that came in stops what was about to be said: a message about an overdue loan that is overdue no longer."""

from collections.abc import Collection

from django.utils import timezone

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
