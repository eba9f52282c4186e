"""What payments tells the rooms above: money arrived on loans."""

from django.dispatch import Signal

# Sent after the commit, with `loan_ids`: a frozenset of the loans on which money was posted.
money_arrived = Signal()

# Sent after the commit, with `outgoing_id`: money left (state sent); it did not arrive (state returned).
money_left = Signal()
money_came_back = Signal()
