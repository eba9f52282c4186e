"""What the record knows of people, and what people have asked, allowed and been shown."""

from duly.people.models.approvals import Approval as Approval
from duly.people.models.borrowers import Borrower as Borrower
from duly.people.models.borrowers import Circumstance as Circumstance
from duly.people.models.codes import OneTimeCode as OneTimeCode
from duly.people.models.consents import ConsentEvent as ConsentEvent
from duly.people.models.consents import ConsentText as ConsentText
from duly.people.models.erasures import Erasure as Erasure
from duly.people.models.reveals import Reveal as Reveal
from duly.people.models.sign_in import SignInAddress as SignInAddress
