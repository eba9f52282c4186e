"""Payments: money on its way in and out. Wallets, bank statements, staff entry, suspense, refunds, disbursement.

May import lending, people and the rooms below them.
"""
