"""Promises: a borrower's word to pay an amount by a date; kept or not is computed from the facts.

A Django app; it may import collection's own files and the rooms below.
"""
