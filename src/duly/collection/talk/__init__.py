"""Talking online: one conversation a borrower, with whoever of the lender's people is there, kept with their case."""
