"""Placement: cases given to agencies and taken back, what the agencies earn, and what each may do with whom.

A Django app; it may import promises, plans, hardship, complaints, collection's own files, and the rooms below.
"""
