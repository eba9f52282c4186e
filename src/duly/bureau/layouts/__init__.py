"""Layouts in which a month is reported: each a table of fields that both writes and reads. Pure: no Django."""
