"""Duties with a clock: what happened that obliges the lender, what was done about it, and so what is due and late.

May import contact and the rooms below it.
"""
