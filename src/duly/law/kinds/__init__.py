"""Kinds of rule, one file each: its figures as numbers, and the first instant from then on that it does not forbid.

Every kind answers one question, compiled: given a contact and an instant, which is the earliest instant, not before
it, at which this rule by itself stands in nobody's way (NEVER when no passing of time can bring it)? The contact passes
the rule when that is the instant itself.
"""
