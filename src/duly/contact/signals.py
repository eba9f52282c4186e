"""What contact tells the rooms above: a person wrote."""

from django.dispatch import Signal

# Sent in the transaction that puts it on record, with `inbound`: an Inbound whose borrower is known.
person_wrote = Signal()
