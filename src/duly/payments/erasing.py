"""What payments say when a borrower's data is to be erased: accounts go; what was paid stays, for it is the books."""

import datetime

from duly.payments.models import BorrowerAccount, IncomingPayment, OutgoingPayment
from duly.people.erase import Line, erases
from duly.people.models import Borrower

WHY = "vouchers of the lender's books, which the law has it keep"


@erases
def let_go_of_accounts(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """The accounts that the borrower is paid to are read by nobody again; payments keep who paid whom."""
    accounts = BorrowerAccount.objects.filter(borrower=borrower)
    erased = accounts.exclude(number="", holder="").count()
    accounts.filter(ended_at=None).update(ended_at=now)
    accounts.update(number="", number_index="", holder="", bank="")
    received = IncomingPayment.objects.filter(fact__loan__borrower=borrower).count()
    paid_out = OutgoingPayment.objects.filter(borrower=borrower).count()
    return [
        Line("accounts to be paid to", erased, erased=True),
        Line("payments received", received, erased=False, why=WHY),
        Line("payments made", paid_out, erased=False, why=WHY),
    ]
