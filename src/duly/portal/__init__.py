"""Portal: the borrower's own pages.

Shares the staff pages' look. May import collection and the rooms below it; console and portal do not know each other.
"""
