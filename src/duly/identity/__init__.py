"""Verifiable identity: every contact carries a code by which anybody can check who is behind it.

The protocol, to the byte, and what it stands against: docs/identity/protocol.md.
"""
