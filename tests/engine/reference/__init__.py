"""The loan engine once more, slow and obvious, written from `docs/engine/semantics.md` alone: what the fold is
held against.
"""
