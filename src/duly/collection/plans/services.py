"""What plans do: offer, answer a proposal, have it signed, watch it. Each is explained where it is done."""

from duly.collection.plans.agreeing import agree_to_plans, ask_code
from duly.collection.plans.exceptions import Exceptional, ask_for_exception
from duly.collection.plans.offering import (
    Answered,
    Asker,
    loans_to_plan,
    offer_plans,
    offers_waiting,
    propose_plan,
)
from duly.collection.plans.watching import watch_plans

__all__ = [
    "Answered",
    "Asker",
    "Exceptional",
    "agree_to_plans",
    "ask_code",
    "ask_for_exception",
    "loans_to_plan",
    "offer_plans",
    "offers_waiting",
    "propose_plan",
    "watch_plans",
]
