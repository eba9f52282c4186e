"""The credit record: what is reported of each loan month by month, told before, objected to, put right.

May import collection and the rooms below it.
"""
