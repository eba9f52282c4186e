"""Insight: what would happen, and what did. A simulated year of the whole lender shows both."""
