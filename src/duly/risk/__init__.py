"""Risk: policies, scorecards, affordability, limits and the reasons for them. Pure: no Django, no network, no clock."""
