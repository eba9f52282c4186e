"""Bundles of evidence: one paper with an index of pages, every part beside it, and a signed manifest over all of it."""
