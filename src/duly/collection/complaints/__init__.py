"""Complaints about conduct and disputes about a debt: what they stop, by when they are answered, what they teach."""
