"""Duly: consumer credit that is lent, serviced and collected at the proper time and in the proper manner.

The floors, from the ground up: engine, law; people, lending, ledger; close; contact;
collection, duties; console, portal, api; demo, cli.
A room may use the rooms below it, never one above; import-linter keeps this as a test.
"""

__version__ = "0.1.0"
