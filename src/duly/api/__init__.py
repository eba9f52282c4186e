"""The API: the same answers as the pages, for programs. Nobody by default: staff signed in, or a token with a scope.

May import every room below the web.
"""
