"""Plans: an agreed new way to pay. What may be agreed is a policy; what it costs is computed by the fold itself.

`policy` and `offers` are pure: they take plain values and ask no database. A Django app; it may import collection's own
files, promises, and the rooms below.
"""
