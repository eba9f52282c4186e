"""Borrowing: applications and their decisions, credit lines, drawdowns, signed contracts.

May import payments, lending, people, risk and the rooms below them.
"""
