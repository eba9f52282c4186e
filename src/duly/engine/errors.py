"""The one error that wrong input raises: what is wrong, where, and what to do about it."""


class InputError(ValueError):
    """Wrong input. `where` is a JSON pointer into what was given ("/penalty/on"), "" for the whole."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(f"{where or '/'}: {what}; {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy
