"""The one error of a close: it says what stopped it, where, and what to do; nothing has been written."""


class CloseError(Exception):
    """A day that cannot be closed. Nothing of it has been written."""
