"""The agency's desk: the pages on which people of an agency work the cases that are placed with it, and nothing else.

A Django app; it may import what is below the screens, and none of the console, the portal or the API.
"""
