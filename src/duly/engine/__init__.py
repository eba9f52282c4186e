"""The engine: money, calendars, schedules and the fold, over columns.

Pure: numbers in, numbers out. No Django, no files, no network, no clock; dates and times come in as arguments.
May import nothing else of Duly.
"""
