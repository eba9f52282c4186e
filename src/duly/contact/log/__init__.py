"""The decision log: each decision numbered without a gap and chained by hash to the one before; how it is proved."""
