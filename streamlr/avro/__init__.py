"""Avro: what was written with which schema, and where schemas come from.

``writer.py`` reads bodies that one schema wrote; ``wire.py`` tells which one, from the five bytes
that a schema registry's clients put before a body; ``schemas.py`` finds it, in files or at a
registry (``registry.py``), and keeps it.
"""


class RefusedError(Exception):
    """A record, or all records of a schema, cannot be read.

    Attributes
    ----------
    reason
        To reject them for: a word from the bounded set.
    detail
        What exactly is wrong.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
