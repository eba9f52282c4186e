"""A person wrote: the case's time line says so, and by which way; what they wrote stays with contact."""

from duly.collection.timeline import note
from duly.contact.models import Inbound


def tell_case(inbound: Inbound, **_: object) -> None:
    """Add a line to the open case of the borrower who wrote. Heard on `contact.signals.person_wrote`."""
    asked = ", and asks for no more of them" if inbound.refuses else ""
    note(inbound.borrower, "wrote", f"by {inbound.channel}{asked}", inbound.at)
