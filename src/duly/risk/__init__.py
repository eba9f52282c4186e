"""Risk: policies, scorecards, affordability, limits and the reasons for them; how a scorecard is trained and watched.

Pure: no Django, no network, no clock, no files but those that come with it. Training (`duly.risk.training`) needs the
extra `risk`; applying a policy or a scorecard needs NumPy.
"""
