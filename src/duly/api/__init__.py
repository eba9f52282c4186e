"""The API: the same answers as the pages, for programs, under /api/v1. Nobody by default: a client with a scope.

May import every room below the web.
"""
