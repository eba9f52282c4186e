"""The law as data, and one gate: rule packs, and whether a contact may be made, by which rules, and when it next may.

Pure: no Django, no network, no clock. Instants inside are int64 microseconds since 1970-01-01 UTC.
"""
