"""Demo: a simulated lender, seeded, so that the whole of Duly can be seen at work without anyone's real data.

May import everything but the command line.
"""
