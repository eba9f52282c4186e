"""Public holidays by country, from the `holidays` library: working days, and days on which nobody is contacted."""

from functools import lru_cache

from duly.engine import dates

YEARS = range(2015, 2046)


@lru_cache
def days_of(calendar: str) -> list[int]:
    """The public holidays of a country (ISO 3166 code), or of a part of it ("US-NY"), 2015 to 2045, ascending.

    Days since 1970-01-01. Where a government moves or adds holidays by decree, the library knows only those decreed
    when it was released; dates that follow the moon are estimates further ahead.
    """
    import holidays  # its tables are large, and few packs ask for them

    country, _, part = calendar.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
    return sorted(dates.days(day) for day in found)
