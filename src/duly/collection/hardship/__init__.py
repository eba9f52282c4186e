"""Hardship and protection: relief that is asked for and granted, and what protects a person by itself.

A Django app; it may import plans, promises, collection's own files, and the rooms below.
"""
