"""Close: the run that ends a business date: fold the whole book, check it, post the difference, all or nothing.

Keeps the closes, the positions as last closed, and the transitions each close found. May import the rooms of record.
"""
