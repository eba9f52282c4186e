"""What the record knows of people, and what people have asked, allowed and been shown."""

from duly.people.models.approvals import Approval as Approval
from duly.people.models.borrowers import Borrower as Borrower
from duly.people.models.borrowers import Circumstance as Circumstance
