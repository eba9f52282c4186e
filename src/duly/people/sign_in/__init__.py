"""Sign-in: django-allauth with Duly's own accounts. Borrowers come by a code, staff by a password and a second factor.

The doors themselves are pages of the portal and the console; what they share is here.
"""
