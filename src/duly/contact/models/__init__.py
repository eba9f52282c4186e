"""What is planned, what the gate decided, what left, and what people said to each other."""

from duly.contact.models.calls import Call as Call
from duly.contact.models.calls import Outcome as Outcome
from duly.contact.models.inbound import Inbound as Inbound
from duly.contact.models.log import CanonicalJSONField as CanonicalJSONField
from duly.contact.models.log import Decision as Decision
from duly.contact.models.log import PackText as PackText
from duly.contact.models.log import RuleSheet as RuleSheet
from duly.contact.models.messages import Attempt as Attempt
from duly.contact.models.messages import Message as Message
from duly.contact.models.planned import Channel as Channel
from duly.contact.models.planned import PlannedContact as PlannedContact
from duly.contact.models.planned import Purpose as Purpose
from duly.contact.models.receipts import Receipt as Receipt
from duly.contact.models.receipts import UnreachableAddress as UnreachableAddress
