"""Ledger: the chart of accounts and double entry, one balanced row an entry.

Entries are only ever added: the database refuses anything else. May import law and engine.
"""
