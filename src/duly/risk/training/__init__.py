"""Training a scorecard: split, bins, points, what it is worth beside other models, and its model card.

Needs the optional extra `risk` (optbinning, scikit-learn). Nothing outside this folder imports it but the command line.
"""
