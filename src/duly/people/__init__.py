"""People: the borrowers, what is known of their circumstances, and how they may be reached.

Personal data is encrypted at rest. May import law and engine.
"""
