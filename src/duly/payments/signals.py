"""What payments tells the rooms above: money arrived on loans."""

from django.dispatch import Signal

# Sent after the commit, with `loan_ids`: a frozenset of the loans on which money was posted.
money_arrived = Signal()
