"""Layouts in which a month is reported: each a table of fields, and the columns that fill it."""
