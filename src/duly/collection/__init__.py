"""Collection: cases and the playbooks that work them, from the friendly reminder to the formal notice.

May import contact and the rooms below it.
"""
