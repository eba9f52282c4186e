"""Contact: templates, the decision log and the outbox. What the gate has not allowed cannot leave.

May import close and the rooms below it.
"""
