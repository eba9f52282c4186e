"""Agencies: third parties that collect for the lender under a mandate, and what each mandate permits.

Agencies are independent: whoever they contact must be able to tell them from the lender.
"""
