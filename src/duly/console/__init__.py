"""Console: the pages of the lender's staff. Views translate; they decide nothing.

May import every room of record and work.
"""
