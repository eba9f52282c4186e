"""Screens: one look for every page. Design tokens, and how money, dates and standings are written.

Console and portal stand on it. May import the rooms below the web.
"""
