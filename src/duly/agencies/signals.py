"""What agencies tells the rooms above: an agency, or one mandate, may act no more. Sent within the transaction."""

from django.dispatch import Signal

# With `agency`, `why` and `at`: it is suspended, and nothing of it may go on.
agency_stopped = Signal()

# With `mandate`, `why` and `at`: it is revoked before its time.
mandate_stopped = Signal()
