"""A simulated year: many borrowers, several playbooks, staff and the gate, through the services that a lender uses.

Nothing is stubbed: payments are posted, days closed, cases worked, messages sent and calls made as on any other day.
Only the clock is turned, and what people do is drawn by lot. Afterwards what happened is checked against itself.
"""
